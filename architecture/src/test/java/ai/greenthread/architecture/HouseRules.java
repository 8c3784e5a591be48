package ai.greenthread.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import ai.greenthread.architecture.Room.Kind;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.NullMarked;

/**
 * The dependency rules of the house. Each is a sentence and the ArchUnit rule that holds it. They
 * are built for a package prefix, so that the very same rules run over the product and over the
 * fixtures that break them.
 */
final class HouseRules {
  /** The parts of the JDK that hold no input, no output, no thread and no clock of their own. */
  private static final Set<String> PURE_PACKAGES =
      Set.of(
          "java.lang",
          "java.lang.annotation",
          "java.lang.invoke",
          "java.lang.runtime",
          "java.math",
          "java.nio.charset",
          "java.time",
          "java.time.format",
          "java.time.temporal",
          "java.util",
          "java.util.concurrent",
          "java.util.concurrent.atomic",
          "java.util.function",
          "java.util.random",
          "java.util.regex",
          "java.util.stream",
          "org.jspecify.annotations");

  /** An address is a value; the rest of {@code java.net} opens sockets. */
  private static final Set<String> ADDRESSES =
      Set.of("java.net.URI", "java.net.URISyntaxException");

  private final String prefix;

  HouseRules(String prefix) {
    this.prefix = prefix;
  }

  /** One rule; its name is how tests and reports call it. */
  record Rule(String name, ArchRule rule) {
    @Override
    public String toString() {
      return name;
    }
  }

  List<Rule> all() {
    return List.of(
        rule(
            "domainIsPure",
            "core-domain says what things are: it knows no framework, socket, file or JSON",
            classes().that(are(Room.DOMAIN)).should().onlyDependOnClassesThat(pureOr(Room.DOMAIN))),
        rule(
            "schedulingIsPure",
            "core-scheduling decides: it knows core-domain, and no framework, socket, file or JSON",
            classes()
                .that(are(Room.SCHEDULING))
                .should()
                .onlyDependOnClassesThat(pureOr(Room.DOMAIN, Room.SCHEDULING))),
        rule(
            "domainKnowsNoScheduling",
            "core-scheduling stands on core-domain, never the other way round",
            noClasses().that(are(Room.DOMAIN)).should().dependOnClassesThat(are(Room.SCHEDULING))),
        rule(
            "coreReadsNoClock",
            "the core is told what time it is: an injected InstantSource or an argument",
            noClasses().that(are(Kind.CORE)).should().accessTargetWhere(Sins.readAClock())),
        rule(
            "coreDrawsNoLots",
            "the core is handed its randomness, so that a seed replays a run",
            noClasses()
                .that(are(Kind.CORE))
                .should()
                .accessTargetWhere(Sins.drawUnseededRandomness())),
        rule(
            "coreStartsNoThread",
            "the core starts no thread, owns no pool and never sleeps: its callers do",
            noClasses().that(are(Kind.CORE)).should().accessTargetWhere(Sins.startOrStopAThread())),
        rule(
            "adaptersKnowNoOtherAdapter",
            "adapters do not know one another: what needs two of them belongs in an app",
            slices()
                .assignedFrom(
                    by(
                        "adapter",
                        c -> room(c).filter(r -> r.kind() == Kind.ADAPTER).map(Room::name)))
                .should()
                .notDependOnEachOther()),
        rule(
            "nothingBelowKnowsTheApps",
            "an import only points down: core, adapters and runtimes know neither app nor gtctl",
            noClasses()
                .that(are(Kind.CORE, Kind.ADAPTER, Kind.RUNTIME))
                .should()
                .dependOnClassesThat(are(Kind.APP, Kind.CLI))),
        rule(
            "appsKnowNoCli",
            "gtctl starts apps; no app knows who started it",
            noClasses().that(are(Kind.APP)).should().dependOnClassesThat(are(Kind.CLI))),
        rule(
            "runtimesStandAlone",
            "an inference server of ours is a process of its own: of the house it knows core-domain at most",
            noClasses()
                .that(are(Room.RUNTIMES))
                .should()
                .dependOnClassesThat(
                    are(EnumSet.complementOf(EnumSet.of(Room.RUNTIMES, Room.DOMAIN))))),
        rule(
            "runtimesAreMetOverHttp",
            "core and adapters meet an inference server over HTTP, be it ours or not",
            noClasses()
                .that(are(Kind.CORE, Kind.ADAPTER))
                .should()
                .dependOnClassesThat(are(Room.RUNTIMES))),
        rule(
            "everyPackageIsNullMarked",
            "null crosses no boundary: every package is @NullMarked",
            classes().that(are(EnumSet.allOf(Room.class))).should(resideInANullMarkedPackage())),
        rule(
            "onlyGtctlAndMainsPrint",
            "output belongs to gtctl and to the main of a runtime; all others log",
            noClasses()
                .that(not(are(Room.CLI)).and(not(isAMainOfARuntime())))
                .should(ACCESS_STANDARD_STREAMS)),
        rule(
            "packagesFormNoCycle",
            "the packages of a module can be read one after the other",
            slices()
                .assignedFrom(by("package", c -> room(c).map(r -> topPackage(r, c))))
                .should()
                .beFreeOfCycles()),
        rule(
            "everyClassHasARoom",
            "a class outside all rooms would escape these rules",
            classes().should(haveARoom())));
  }

  private static Rule rule(String name, String sentence, ArchRule rule) {
    return new Rule(name, rule.because(sentence));
  }

  private DescribedPredicate<JavaClass> are(Kind... kinds) {
    List<Kind> wanted = List.of(kinds);
    return are(Arrays.stream(Room.values()).filter(room -> wanted.contains(room.kind())).toList());
  }

  private DescribedPredicate<JavaClass> are(Room room) {
    return are(List.of(room));
  }

  private DescribedPredicate<JavaClass> are(Iterable<Room> rooms) {
    return describe(
        "are of " + rooms,
        type -> {
          for (Room room : rooms) {
            if (room.holds(prefix, type.getPackageName())) {
              return true;
            }
          }
          return false;
        });
  }

  private DescribedPredicate<JavaClass> pureOr(Room... rooms) {
    return describe(
            "are values of the JDK",
            (JavaClass type) ->
                PURE_PACKAGES.contains(type.getBaseComponentType().getPackageName())
                    || ADDRESSES.contains(type.getBaseComponentType().getFullName()))
        .or(
            describe(
                "are of " + List.of(rooms),
                type ->
                    Arrays.stream(rooms)
                        .anyMatch(room ->
                            room.holds(prefix, type.getBaseComponentType().getPackageName()))));
  }

  /** A program of its own, started as a child process: what it prints is how it is heard. */
  private DescribedPredicate<JavaClass> isAMainOfARuntime() {
    return are(Room.RUNTIMES)
        .and(
            describe(
                "have a main method",
                type -> type.tryGetMethod("main", String[].class).isPresent()));
  }

  private Optional<Room> room(JavaClass type) {
    return Arrays.stream(Room.values())
        .filter(room -> room.holds(prefix, type.getPackageName()))
        .findFirst();
  }

  /** The first package below the room's own, or the room's own for the classes that lie in it. */
  private String topPackage(Room room, JavaClass type) {
    String root = room.root(prefix);
    String below = type.getPackageName().substring(root.length());
    int next = below.indexOf('.', 1);
    return root + (next < 0 ? below : below.substring(0, next));
  }

  private static SliceAssignment by(
      String what, Function<JavaClass, Optional<String>> sliceOfClass) {
    return new SliceAssignment() {
      @Override
      public SliceIdentifier getIdentifierOf(JavaClass type) {
        return sliceOfClass.apply(type).map(SliceIdentifier::of).orElseGet(SliceIdentifier::ignore);
      }

      @Override
      public String getDescription() {
        return what;
      }
    };
  }

  private static ArchCondition<JavaClass> resideInANullMarkedPackage() {
    return new ArchCondition<>("reside in a @NullMarked package") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        boolean marked = type.getPackage().isAnnotatedWith(NullMarked.class);
        events.add(
            new SimpleConditionEvent(
                type,
                marked,
                type.getFullName() + " lies in a package without @NullMarked in package-info"));
      }
    };
  }

  private ArchCondition<JavaClass> haveARoom() {
    return new ArchCondition<>("lie in a room of the house") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        events.add(
            new SimpleConditionEvent(
                type, room(type).isPresent(), type.getFullName() + " lies in no room"));
      }
    };
  }
}
