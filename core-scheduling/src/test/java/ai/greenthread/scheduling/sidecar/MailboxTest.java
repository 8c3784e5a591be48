package ai.greenthread.scheduling.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MailboxTest {
  private static final Executor VIRTUAL = task -> Thread.ofVirtual().start(task);

  @Test
  void lettersOfOneSenderAreReadInOrderAndNeverTwoAtOnce() throws InterruptedException {
    int senders = 16;
    int letters = 500;
    var mailbox = new Mailbox(VIRTUAL);
    var reading = new AtomicInteger();
    var collisions = new AtomicInteger();
    var read = new ArrayList<int[]>();
    var done = new CountDownLatch(senders * letters);
    for (int s = 0; s < senders; s++) {
      int sender = s;
      Thread.ofVirtual()
          .start(() -> {
            for (int l = 0; l < letters; l++) {
              int letter = l;
              mailbox.execute(() -> {
                if (reading.incrementAndGet() > 1) {
                  collisions.incrementAndGet();
                }
                read.add(new int[] {sender, letter});
                reading.decrementAndGet();
                done.countDown();
              });
              LockSupport.parkNanos(1_000);
            }
          });
    }
    done.await();

    assertThat(collisions).hasValue(0);
    assertThat(read).hasSize(senders * letters);
    int[] next = new int[senders];
    for (int[] each : read) {
      assertThat(each[1]).isEqualTo(next[each[0]]++);
    }
  }

  @Test
  void aLetterWrittenWhileReadingIsReadAfterThoseBeforeIt() {
    var read = new ArrayList<String>();
    var mailbox = new Mailbox(Runnable::run);
    mailbox.execute(() -> {
      mailbox.execute(() -> read.add("second"));
      read.add("first");
    });

    assertThat(read).containsExactly("first", "second");
  }

  @Test
  void aLetterThatThrowsDoesNotStopThoseBehindIt() throws InterruptedException {
    Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();
    var mailbox =
        new Mailbox(task ->
            Thread.ofVirtual().uncaughtExceptionHandler((_, e) -> thrown.add(e)).start(task));
    var read = new ConcurrentLinkedQueue<Integer>();
    var last = new CountDownLatch(1);
    var first = new CountDownLatch(1);

    mailbox.execute(() -> awaitQuietly(first));
    for (int letter = 1; letter <= 10; letter++) {
      int number = letter;
      mailbox.execute(() -> {
        read.add(number);
        if (number % 3 == 0) {
          throw new IllegalStateException("letter " + number);
        }
      });
    }
    mailbox.execute(last::countDown);
    first.countDown();
    last.await();

    assertThat(read).containsExactlyElementsOf(List.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
    while (thrown.size() < 3) {
      LockSupport.parkNanos(1_000);
    }
    assertThat(thrown)
        .extracting(Throwable::getMessage)
        .containsExactlyInAnyOrder("letter 3", "letter 6", "letter 9");
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
