// Which test of the real program fails when the mechanism behind a promise is taken out.
//
// | promise | mechanism | test that fails without it |
// | --- | --- | --- |
// | P1 Intent first | the append before the effects | ResumingTests.intentFirst: a step finds its own intent as the newest entry |
// | P2 Done stays done | success in the journal, not in memory | KillStormTests.storm: a line of the ledger twice |
// | P3 Nothing acknowledged is lost | append before progress is told | KillStormTests.storm: a run that was shown is there after every kill; StoreCrashTests holds each acknowledged head |
// | P4 Never guess, re-attach | the claim's lock | ReattachTests.reattached, .reattachedOften: a second start of the step |
// | P4 Never guess, settle | the exit record | ReattachTests.settled: a second start, or doubt |
// | P4 Never guess, prove that it never began | the `void` claim | KillStormTests.storm: a voided attempt whose supervisor comes late has its effect twice |
// | P4 Never guess, doubt | the verdict `in doubt` | InDoubtTests.inDoubt: a second start, or a success nobody saw |
// | P4 still running | the session's record and `alive` | ReattachTests.stillRunning, .leftoverTimeout, .leftoverResolved |
// | P5 One driver, on one machine | the run's lock file | DriverTests.secondDriver, .stoppedDriver: exit 75 and an unchanged journal |
// | P5 One driver, anywhere | the fencing token in each append | DriverTests.fencedDriver: an entry more, or a step more |
// | P6 What started is what runs | the definition kept by hash | ResumingTests.keptDefinition: the edited file's step runs |
// | P8 Accountable | the chain of hashes | BrokenStoreTests.journalChanged: a changed actor passes `--verify` |
// | P9 Loud | checks of folder, version, pages, entry types and space | BrokenStoreTests: each expects 74, a name, and that no step ran |
