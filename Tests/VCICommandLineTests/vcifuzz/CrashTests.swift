import Testing

struct `A campaign of crashes` {
  @Test(.timeLimit(.minutes(30)))
  func `reports the same at any number of jobs`() async throws {
    let folder = try TestFolder()
    let one = try await Tool.fuzz.run(
      "crash", "--sequences", "0", "--iterations", "1", "--seed", "7", "--jobs", "1", in: folder)
    let three = try await Tool.fuzz.run(
      "crash", "--sequences", "0", "--iterations", "1", "--seed", "7", "--jobs", "3", in: folder)
    #expect(one.code == 0)
    #expect(one.output == three.output)
    #expect(
      one.output.hasPrefix("vcifuzz crash: schema 1, seed 7, sequences up to 0, iterations 1\n"))
    #expect(try folder.names.isEmpty)
  }

  @Test(.timeLimit(.minutes(30)))
  func `runs one sequence alone`() async throws {
    struct Report: Decodable {
      struct Counts: Decodable {
        let sequences: Int
        let findings: Int
        let tried: Int
      }

      let seed: String
      let ending: String
      let counts: Counts
      let distinct: Int
    }
    let outcome = try await Tool.fuzz.run(
      "crash", "--replay", "least: write 0+1 = 1", "--json", in: try TestFolder())
    #expect(outcome.code == 0)
    let report = try outcome.decoded(as: Report.self)
    #expect(report.seed == "1" && report.ending == "complete")
    #expect(report.counts.sequences == 1 && report.counts.findings == 0)
    #expect(report.distinct > 0 && report.distinct <= report.counts.tried)
  }

  @Test(
    arguments: [
      "--sequences 5", "--sequences x", "--jobs 0", "--replay full", "--replay none:flush",
      "--iterations -1",
    ])
  func `refuses what is no campaign`(line: String) async throws {
    let words = line.split(separator: " ").map(String.init)
    let outcome = try await Tool.fuzz.run("crash", words[0], words[1], in: try TestFolder())
    #expect(outcome.code == 64)
    #expect(outcome.errors.hasPrefix("vcifuzz: "))
  }

  @Test
  func `lists the images and the operations on them`() async throws {
    let outcome = try await Tool.fuzz.run("crash", "--list", in: try TestFolder())
    #expect(outcome.code == 0)
    #expect(
      outcome.output.contains(
        "shrink: 260 blocks: discard 0+1; discard 428+1; write 2+1 = 0; flush\n"))
  }
}
