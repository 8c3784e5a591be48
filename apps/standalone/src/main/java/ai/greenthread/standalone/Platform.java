package ai.greenthread.standalone;

import ai.greenthread.http.events.EventJournal;
import ai.greenthread.http.runtime.Runtimes;
import ai.greenthread.scheduling.policy.WakePolicy;
import ai.greenthread.scheduling.runtime.HostLink;
import ai.greenthread.scheduling.sidecar.Timers;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * What all replicas of one engine share.
 *
 * @param data where traces are kept
 * @param gpus devices and ledger
 * @param policy who is woken and who leaves
 * @param link of the host, which wakes share
 * @param runtimes makes inference servers
 * @param measurements what was learned of models
 * @param journal what happens
 * @param clock the engine's time
 * @param timers appointments in that time
 * @param threads a virtual thread for each task
 * @param random for request ids
 */
record Platform(
    DataFolder data,
    GpuFleet gpus,
    WakePolicy policy,
    HostLink link,
    Runtimes runtimes,
    FileMeasurements measurements,
    EventJournal journal,
    InstantSource clock,
    Timers timers,
    Executor threads,
    RandomGenerator random) {}
