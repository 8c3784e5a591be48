package ai.greenthread.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DescribeTest extends WithEngine {

  @Test
  void aModelIsDescribedWholly() {
    engine.addEvent(11_000, "wake_started", "tiny-chat", "room for 96.4 MiB");
    engine.addEvent(12_200, "wake_completed", "tiny-chat", "awake");
    engine.addEvent(13_000, "wake_started", "big", "another's");
    Run.Result result = gtctl("describe", "model", "tiny-chat");
    assertThat(result.err()).isEmpty();
    assertThat(stable(result.out()))
        .isEqualTo(
            """
            Name:           tiny-chat
            Namespace:      default
            Age:            3m
            Generation:     1
            Model id:       greenthread/tiny-chat
            Type:           chat
            Phase:          Ready
            URL:            http://127.0.0.1:_PORT/v1
            Replicas:       1 wanted, 1 ready, 1 serving, 0 sleeping
            Node:           box
            GPUs:           0
            VRAM per GPU:   96.4 MiB while serving (measured)
            Wait bound:     18.0 s

            Spec:
              modelName: greenthread/tiny-chat
              modelType: chat
              gpuMemoryUtilization: "0.90"

            Conditions:
              TYPE    STATUS   SINCE   REASON   MESSAGE
              Ready   True     2m      Booted   measured once, sleeps at once

            Replicas:
              NAME          STATE     SINCE   GPUS     MEMORY   QUEUE   IN-FLIGHT   URL                      LAST-EVENT       REASON
              tiny-chat-0   serving   12s     0      96.4 MiB       0           0   http://127.0.0.1:_PORT   wake_completed   -

            Waiting:
              big-0 has waited 3s for 1.5 GiB on gpu-box-0: tiny-chat-0 is put to sleep for it

            Events:
              AGE   TYPE             MESSAGE
               9s   wake_started     room for 96.4 MiB (1.2 s)
               7s   wake_completed   awake (1.2 s)
            """);
  }

  @Test
  void aModelThatNothingIsKnownOfYetIsDescribedToo() {
    engine.model("big").putObject("status");
    Run.Result result = gtctl("describe", "model", "big");
    assertThat(result.code()).isZero();
    assertThat(result.out())
        .contains(
            "VRAM per GPU:   not measured yet", "Conditions:     none", "Events:         none")
        .contains("Waiting:        nobody");
  }

  @Test
  void structuredOutputIsTheObject() throws Exception {
    assertSame(gtctl("describe", "model", "big", "-o", "json").out(), engine.model("big"));
    assertSame(gtctl("describe", "gpu", "0", "-o", "json").out(), engine.gpus.get(0));
  }

  @Test
  void aGpuIsDescribedWholly() {
    assertThat(gtctl("describe", "gpu", "gpu-box-0").out())
        .isEqualTo(
            """
            Name:           gpu-box-0
            Node:           box
            Index:          0
            Product:        Virtual-2GiB (virtual)
            UUID:           GPU-virtual-0
            Mode:           inference
            Health:         Healthy
            Memory:         2 GiB
            Available:      1.9 GiB
            Measured:       96.4 MiB used, 1.9 GiB free
            Utilization:    12 %
            Wake lock:      free

            Occupants:
              REPLICA       MODEL       STATE     RESERVED   RESIDUE   MEASURED   POPULAR   LAST-ACCESS   SERVING-FOR
              tiny-chat-0   tiny-chat   serving   96.4 MiB       0 B   96.4 MiB   no        5s            12s

            Waiting:
              big-0 has waited 3s for 1.5 GiB on gpu-box-0: tiny-chat-0 is put to sleep for it
            """);
  }

  @Test
  void withoutANameEveryGpuIsDescribed() {
    engine.addGpu(1, "big-0");
    assertThat(gtctl("describe", "gpu").out())
        .contains("gpu-box-0\n", "\n\nName:           gpu-box-1\n");
  }

  @Test
  void anUnknownGpuNamesThoseThereAre() {
    Run.Result result = gtctl("describe", "gpu", "gpu-bax-0");
    assertThat(result.code()).isEqualTo(4);
    assertThat(result.err()).contains("did you mean gpu-box-0?", "there are: gpu-box-0");
  }

  @Test
  void describeAloneSaysWhatItNeeds() {
    Run.Result result = gtctl("describe");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("needs to know what: model, gpu");
  }
}
