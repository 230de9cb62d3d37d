import Testing

struct `A campaign of crashes that does not come to its end` {
  /// Starts a campaign that listens to signals, and waits until it has a job, `job`, that is amid
  /// its work.
  private func started(_ options: String) -> String {
    """
    env --default-signal=INT "$0" crash \(options) >report 2>errors &
    until grep -Eq '^SigCgt:.*[4-7c-f]...$' /proc/$!/status; do sleep 0.02; done
    job=
    until test "$job"; do sleep 0.02; read -r job rest </proc/$!/task/$!/children; done
    sleep 0.2
    """
  }

  private static let endless = "--sequences none --iterations 100000000 --jobs 1"

  @Test(.timeLimit(.minutes(30)), arguments: ["INT", "TERM", "HUP"])
  func `by a signal ends with 72, and its report`(signal: String) async throws {
    let outcome = try await Tool.fuzz.shell(
      """
      \(started(Self.endless))
      kill -\(signal) $!
      wait $!
      code=$?
      cat report
      exit $code
      """, in: try TestFolder())
    #expect(outcome.code == 72)
    #expect(outcome.output.contains("\ninterrupted: not all was tried\nnothing found in "))
  }

  @Test(.timeLimit(.minutes(30)))
  func `does not wait for jobs that do not come back`() async throws {
    let outcome = try await Tool.fuzz.shell(
      """
      \(started(Self.endless))
      kill -STOP $job
      kill -TERM $!
      wait $!
      code=$?
      cat report
      exit $code
      """, in: try TestFolder())
    #expect(outcome.code == 72)
    #expect(outcome.output.contains("\ninterrupted: not all was tried\nnothing found in "))
  }

  @Test(.timeLimit(.minutes(30)))
  func `by a second signal ends at once`() async throws {
    let outcome = try await Tool.fuzz.shell(
      """
      \(started(Self.endless))
      kill -STOP $job
      kill -TERM $!; sleep 1.2; kill -TERM $!
      wait $!
      code=$?
      kill -CONT $job
      cat report
      exit $code
      """, in: try TestFolder())
    // The shell's code for a program that signal 15 has ended.
    #expect(outcome.code == 143)
    #expect(outcome.output.isEmpty)
  }

  @Test(.timeLimit(.minutes(30)))
  func `reports a job that tells nothing`() async throws {
    let outcome = try await Tool.fuzz.shell(
      """
      \(started("--replay 'iteration 0' --patience 2s"))
      kill -STOP $job
      wait $!
      code=$?
      cat report
      exit $code
      """, in: try TestFolder())
    #expect(outcome.code == 77)
    #expect(outcome.output.contains("finding: VCI-RD-007, stuck: it does not come back\n"))
    #expect(outcome.output.contains("  replay: vcifuzz crash --replay 'iteration 0' --seed 1\n"))
    #expect(outcome.output.contains("\n1 findings in "))
    #expect(!outcome.output.contains("not all was tried"))
  }

  @Test(.timeLimit(.minutes(30)))
  func `runs again what a job was at that somebody else ended`() async throws {
    let options = "--replay 'least: write 0+1 = 1'"
    let outcome = try await Tool.fuzz.shell(
      """
      \(started(options))
      kill -KILL $job
      wait $! || exit
      "$0" crash \(options) >whole && cmp report whole
      """, in: try TestFolder())
    #expect(outcome.code == 0)
    #expect(outcome.output.isEmpty)
  }
}
