// Which test fails when the mechanism behind a promise is taken out, and in how many seconds. "Tried" rows were seen to
// fail with the mechanism removed or broken as told; the others are reasoned.
//
// | promise | mechanism | tried | test that fails without it |
// | --- | --- | --- | --- |
// | P1 Intent first | the append before the effects | effects first; its error ignored; launch before createRun |
// IntentFirstTests: 2 s, 1 s, 18 s |
// | P1, P3 on the disk | synchronous=FULL, and its read-back | NORMAL; NORMAL without the read-back | SyncedTests: 1 s
// |
// | P1, P3 over a loss of power | each sync, and its place | NORMAL; a disk whose syncs do nothing |
// SurvivalPowerLossTests.teeth: 2 s; SurvivalPowerCutTests.teeth: 5 s |
// | P3 after a failed sync | the log written again | not written | SurvivalDiskFaultTests: 3 s |
// | P2 Done stays done | a resume reopens only what failed | reopens what succeeded; reopens all |
// NeverGuessTests.failedAgain, ResumingTests.freshLimit: 2 s |
// | P2, P3 over kills | success in the journal, not in memory | | KillStormTests.storm: a line of the ledger twice, or
// a shown run gone |
// | P3 Nothing acknowledged is lost | told after the append | told first | IntentFirstTests.held, .fenced: 1 s |
// | P4 Never guess, doubt | the verdict `in doubt` | taken for never began, in recovery and while driving |
// NeverGuessTests: 1 s; InDoubtTests: 12 s |
// | P4 Never guess, re-attach | the claim's lock | | ReattachTests.reattached, .reattachedOften: a second start of the
// step |
// | P4 Never guess, settle | the exit record | | ReattachTests.settled: a second start, or doubt |
// | P4 Never guess, prove that it never began | the `void` claim | | KillStormTests.storm: a voided attempt whose
// supervisor comes late has its effect twice |
// | P4 still running | the session's record and `alive` | | ReattachTests.stillRunning, .leftoverTimeout,
// .leftoverResolved |
// | P5 One driver, on one machine | the run's lock file | | DriverTests.secondDriver, .stoppedDriver: exit 75 and an
// unchanged journal |
// | P5 One driver, anywhere | the fencing token in each append | not compared | DriverTests.fencedDriver: an entry
// more, or a step more |
// | P6 What started is what runs | the definition kept by hash | hash unchecked; text changed | KeptDefinitionTests,
// ResumingTests.keptDefinition: 1 s |
// | P5 One driver, over kills | lock, token and `void` together | | KillStormTests.storm: a key twice, a token that
// falls, a start called off |
// | P7 Bounded | the driver's own bound for a supervisor | its watch not kept | StuckSupervisorTests.overdue, .probe:
// 120 s, when they give up waiting |
// | P8 Accountable | the chain of hashes | actor left out | BrokenStoreTests.journalChanged: a changed actor passes
// `--verify` |
// | P9 Loud | entry types; the store's version | each accepted | BrokenStoreTests.unknownEntry: 1 s; .newer: 10 s |
// | P9 Loud | checks of folder, pages and space | | BrokenStoreTests: each expects 74, a name, and that no step ran |
