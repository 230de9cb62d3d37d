import Foundation
import Testing

extension TestFolder {
  /// Stores a program of the session form that answers every probe with this outcome.
  fileprivate func putAdapter(_ name: String, probe: String) throws {
    let caps =
      #"{"name":"sh","version":"1","ops":["probe"],"features":["multi-level-tree","wide-disks"]}"#
    let script = """
      #!/bin/sh
      [ "$1" = session ] || exit 64
      while read -r line; do
        id=${line#*'"id":'}; id=${id%%[!0-9]*}
        case $line in
        *'"hello"'*) printf '{"id":%s,"outcome":"ok","protocol":1,"caps":%s}\\n' "$id" '\(caps)' ;;
        *'"bye"'*) printf '{"id":%s,"outcome":"ok"}\\n' "$id"; exit 0 ;;
        *'"ping"'*) printf '{"id":%s,"outcome":"ok"}\\n' "$id" ;;
        *) printf '{"id":%s,\(probe)}\\n' "$id" ;;
        esac
      done

      """
    try put(Array(script.utf8), as: name)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: "\(path)/\(name)")
  }
}

private let taken = #""outcome":"ok""#
private let refused = #""outcome":"refused","class":"not-vci""#

struct `A campaign with adapters` {
  private struct Report: Decodable {
    struct Finding: Decodable {
      let iteration, kind, area: String
      let rule: String?
      let adapter: Int?
      let failure, requirement: String?
      let answers: [String]?
      let cause, decidedBy, kit: String?
      let artifact: String?
      let replay: String
    }

    let adapters: [String]
    let tests: [String: Int]
    let differences: [String: Int]?
    let findings: [Finding]
  }

  /// Runs a short campaign on probe with these options.
  private func fuzz(_ options: String, in folder: TestFolder) async throws -> Tool.Outcome {
    try await Tool.fuzz.shell(
      "\"$0\" --iterations 8 --target probe --seed 3 \(options)", in: folder)
  }

  @Test
  func `finds, stores, replays and minimizes`() async throws {
    let folder = try TestFolder()
    try folder.putAdapter("all", probe: taken)
    let outcome = try await fuzz(
      "--adapter ./all --artifacts found --json", in: folder)
    #expect(outcome.code == 77)
    let report = try outcome.decoded(as: Report.self)
    #expect(report.adapters == ["./all"])
    #expect(report.tests["imageTests"] == 8)
    let finding = try #require(report.findings.first)
    #expect(finding.kind == "adapter" && finding.adapter == 1 && finding.rule == nil)
    #expect(finding.failure == "accepted-invalid" && finding.requirement == "VCI-RD-001")
    #expect(finding.area == "probe")
    #expect(
      finding.replay
        == "vcifuzz replay --seed 3 --iteration \(finding.iteration) --target probe --adapter ./all"
    )

    let artifact = try #require(finding.artifact)
    let replayed = try await Tool.fuzz.run("replay", "--adapter", "./all", artifact, in: folder)
    #expect(replayed.code == 77)
    #expect(
      replayed.output.contains("finding: adapter 1 accepted-invalid VCI-RD-001 probe: probe IMG"))
    let without = try await Tool.fuzz.run("replay", artifact, in: folder)
    #expect(without.code == 0)
    let minimized = try await Tool.fuzz.run(
      "minimize", "--adapter", "./all", artifact, "--attempts", "3", in: folder)
    #expect(minimized.code == 0)
    #expect(minimized.output.contains("finding: adapter 1 accepted-invalid VCI-RD-001 probe"))
    #expect(minimized.output.contains("replay: vcifuzz replay --adapter ./all found/case-3-"))
  }

  @Test
  func `reports the same at any number of jobs, and where adapters disagree`() async throws {
    let folder = try TestFolder()
    try folder.putAdapter("all", probe: taken)
    try folder.putAdapter("none", probe: refused)
    var outputs: [String] = []
    for jobs in ["1", "3"] {
      let outcome = try await fuzz(
        "--adapter ./all --adapter ./none --jobs \(jobs)", in: folder)
      #expect(outcome.code == 77)
      outputs.append(outcome.output)
    }
    #expect(outputs[0] == outputs[1])
    #expect(outputs[0].contains("\nadapter 1: ./all\nadapter 2: ./none\n"))
    #expect(!outputs[0].contains("flaky") && !outputs[0].contains("crashed"))
    #expect(outputs[0].contains(": disagreement probe rule VCI-RD-001 1=allowed 2=wrong\n"))
    #expect(outputs[0].contains(": disagreement probe rule VCI-HDR-001 1=wrong 2=allowed\n"))
  }

  @Test
  func `keeps a disagreement as a case and as a kit`() async throws {
    let folder = try TestFolder()
    try folder.putAdapter("all", probe: taken)
    try folder.putAdapter("none", probe: refused)
    let both = "--adapter ./all --adapter ./none"
    let outcome = try await fuzz("\(both) --artifacts found --kits kits --json", in: folder)
    let report = try outcome.decoded(as: Report.self)
    #expect(report.differences == ["rule": 8, "choice": 0, "hole": 0])
    let finding = try #require(
      report.findings.first { $0.answers == ["1=allowed", "2=wrong"] })
    #expect(finding.kind == "disagreement" && finding.area == "probe")
    #expect(finding.cause == "rule" && finding.decidedBy == "VCI-RD-001")

    let kit = try #require(finding.kit)
    #expect(kit.hasPrefix("kits/differences/") && kit.hasSuffix("-probe-rule"))
    let asked = try await Tool.fuzz.shell("\(kit)/ask.sh", in: folder)
    #expect(asked.output.contains(#"{"id":2,"outcome":"ok"}"#))
    #expect(asked.output.contains(#"{"id":2,"outcome":"refused","class":"not-vci"}"#))

    let words = "finding: disagreement probe rule VCI-RD-001 1=allowed 2=wrong"
    let artifact = try #require(finding.artifact)
    let replayed = try await Tool.fuzz.shell("\"$0\" replay \(both) \(artifact)", in: folder)
    #expect(replayed.code == 77 && replayed.output.contains(words))
    let minimized = try await Tool.fuzz.shell(
      "\"$0\" minimize \(both) \(artifact) --attempts 5", in: folder)
    #expect(minimized.code == 0 && minimized.output.contains(words))
  }

  @Test
  func `needs adapters that speak the port`() async throws {
    let folder = try TestFolder()
    try folder.putAdapter("mute", probe: #""outcome":"perhaps""#)
    let outcome = try await fuzz("--adapter ./mute --json", in: folder)
    #expect(outcome.code == 1)
    #expect(outcome.output.contains("\"kind\":\"adapter\""))
    #expect(outcome.output.contains("./mute failed its pre-flight in probe.jsonl, line 3"))
  }

  @Test
  func `needs adapters that start`() async throws {
    let outcome = try await fuzz("--adapter 'exit 7' --json", in: try TestFolder())
    #expect(outcome.code == 1)
    #expect(outcome.output.contains("\"kind\":\"adapter\""))
  }

  @Test
  func `makes kits of nothing else`() async throws {
    let outcome = try await fuzz("--kits kits", in: try TestFolder())
    #expect(outcome.code == 64)
    #expect(outcome.errors.contains("--kits is for failures of adapters"))
  }
}
