import Testing

struct `A campaign` {
  @Test
  func `reports the same at any number of jobs`() async throws {
    let folder = try TestFolder()
    let one = try await Tool.fuzz.run("--iterations", "200", "--jobs", "1", in: folder)
    let three = try await Tool.fuzz.run("-runs=200", "-jobs=3", in: folder)
    #expect(one.code == 0)
    #expect(one.output == three.output)
    #expect(
      one.output.hasPrefix(
        "vcifuzz: schema 4, seed 1, iterations 200, target all, no corpus\n"))
    #expect(one.output.hasSuffix("nothing found in 200 iterations\n"))
    #expect(try folder.names.isEmpty)
  }

  @Test
  func `reports in JSON, numbers of 64 bits as strings`() async throws {
    struct Report: Decodable {
      let seed: String
      let iterations: String?
      let ending: String
      let done: [[String]]
    }
    let outcome = try await Tool.fuzz.run(
      "fuzz", "--iterations", "100", "--json", "--seed", "18446744073709551615",
      in: try TestFolder())
    #expect(outcome.code == 0)
    let report = try outcome.decoded(as: Report.self)
    #expect(report.seed == "18446744073709551615")
    #expect(report.iterations == "100")
    #expect(report.ending == "complete")
    #expect(report.done == [["0", "99"]])
  }

  @Test(.timeLimit(.minutes(30)))
  func `ends when its time is up, with the report of as many iterations`() async throws {
    let folder = try TestFolder()
    let timed = try await Tool.fuzz.run("--time", "1s", "--jobs", "2", in: folder)
    #expect(timed.code == 0)
    let lines = timed.output.split(separator: "\n", omittingEmptySubsequences: false)
    let words = try #require(lines.dropFirst().first).split(separator: " ")
    #expect(words.prefix(5) == ["time", "is", "up", "after", words[4]])
    let count = try #require(Int(words[4]))
    #expect(count > 0 && words[5...] == ["iterations:", "0-\(count - 1)"])
    let counted = try await Tool.fuzz.run("--iterations", "\(count)", in: folder)
    #expect(
      counted.output.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
        == lines.dropFirst(2))
  }

  @Test(arguments: ["0", "-1", "1.5h", "5x", "99999999999999999999", "9999999999999999h"])
  func `takes no time that is none`(time: String) async throws {
    let outcome = try await Tool.fuzz.run("--time=\(time)", in: try TestFolder())
    #expect(outcome.code == 64)
    #expect(outcome.errors.contains("a time is "))
  }

  @Test
  func `needs to know for how long`() async throws {
    let outcome = try await Tool.fuzz.run("--seed", "1")
    #expect(outcome.code == 64)
    #expect(outcome.errors.contains("'--iterations <iterations>'"))
    #expect(outcome.errors.contains("'--time <time>'"))
  }

  @Test(arguments: ["-workers=2", "-max_len=9", "-runs", "-seed=0"])
  func `refuses options of libFuzzer that mean nothing here`(option: String) async throws {
    let outcome = try await Tool.fuzz.run("-jobs=1", option)
    #expect(outcome.code == 64)
    #expect(outcome.errors.contains(option == "-seed=0" ? "--seed 0" : "-max_total_time=N"))
  }

  @Test
  func `takes libFuzzer's options as it means them`() async throws {
    let folder = try TestFolder()
    let outcome = try await Tool.fuzz.run(
      "-runs=100", "-seed=9", "-jobs=0", "-max_total_time=0", "-artifact_prefix=a/b-", in: folder)
    #expect(outcome.code == 0)
    #expect(outcome.output.contains(" seed 9, iterations 100, "))
  }

  @Test
  func `finds the corpus beside the program, unless it is told another`() async throws {
    let folder = try TestFolder()
    let found = try await Tool.fuzz.shell(
      "unset VCI_CORPUS; \"$0\" --iterations 1", in: folder)
    #expect(found.output.contains(" images\n"))
    let missing = try await Tool.fuzz.shell(
      "VCI_CORPUS=nowhere \"$0\" --iterations 1", in: folder)
    #expect(missing.code == 1)
    #expect(missing.errors.contains("nowhere"))
    let listed = try await Tool.fuzz.shell("unset VCI_CORPUS; \"$0\" corpus list", in: folder)
    #expect(listed.code == 0)
  }

  @Test(.timeLimit(.minutes(30)))
  func `ends with 72 and its report where it is interrupted`() async throws {
    // The heading is written by a tool that listens to signals already.
    let outcome = try await Tool.fuzz.shell(
      """
      "$0" --iterations 100000000 --jobs 2 >report &
      until grep -q schema report; do sleep 0.05; done
      kill -TERM $!
      wait $!
      code=$?
      cat report
      exit $code
      """, in: try TestFolder())
    #expect(outcome.code == 72)
    #expect(outcome.output.contains("interrupted"))
  }

  @Test(arguments: ["file", "file/below", "/dev/null"])
  func `begins only where its findings can be stored`(place: String) async throws {
    let folder = try TestFolder()
    try folder.put([], as: "file")
    let outcome = try await Tool.fuzz.run(
      "--iterations", "1", "--artifacts", place, "--json", in: folder)
    #expect(outcome.code == 1)
    let failure = try outcome.decoded(as: FailureObject.self)
    #expect(failure.error.kind == "storage")
    #expect(failure.error.message == "cannot store cases in '\(place)': Not a directory")
  }

  @Test
  func `of operations counts what was done, the same at any number of jobs`() async throws {
    let folder = try TestFolder()
    let one = try await Tool.fuzz.run(
      "--iterations", "64", "--target", "ops", "--jobs", "1", in: folder)
    let two = try await Tool.fuzz.run(
      "--iterations", "64", "--target", "ops", "--jobs", "2", in: folder)
    #expect(one.code == 0)
    #expect(one.output == two.output)
    #expect(one.output.contains(", target ops, "))
    #expect(one.output.contains("\noperations: run 64, on created images "))
    #expect(one.output.contains("\nwriting: accepted "))
    // What is only looked at is not counted.
    #expect(one.output.contains("\nopen: accepted 0, refused 0\n"))
    #expect(try folder.names.isEmpty)
  }

  @Test
  func `has a quarter of operations, counted in JSON too`() async throws {
    struct Report: Decodable {
      let counts: [String: Int]
    }
    let outcome = try await Tool.fuzz.run(
      "--iterations", "128", "--json", in: try TestFolder())
    let counts = try outcome.decoded(as: Report.self).counts
    #expect(counts["iterations"] == 128)
    // Of those on created images one in eight has a damaged sector in their place.
    let inPlace = (counts["stale"] ?? 0) + (counts["misdirected"] ?? 0)
    #expect((1...4).contains(inPlace))
    #expect(counts["operated"] == 32 - inPlace)
    let kinds = [
      "writes", "reads", "discards", "flushRequests", "closes", "reopensReading", "reopensWriting",
    ]
    #expect(kinds.reduce(0) { $0 + (counts[$1] ?? 0) } == counts["operations"])
  }

  @Test
  func `has an iteration of operations that replays`() async throws {
    let replay = try await Tool.fuzz.run(
      "replay", "--iteration", "5", "--target", "ops", in: try TestFolder())
    #expect(replay.code == 0)
    #expect(replay.output.contains("\noperation: "))
    #expect(replay.output.hasSuffix("nothing found\n"))
  }

  @Test
  func `has an iteration that replays`() async throws {
    let replay = try await Tool.fuzz.run(
      "replay", "--iteration", "4711", in: try TestFolder())
    #expect(replay.code == 0)
    #expect(replay.output.hasPrefix("seed 1, iteration 4711\n"))
    #expect(replay.output.hasSuffix("nothing found\n"))
  }
}

struct `Generating images` {
  @Test
  func `makes the same valid ones from the same seed`() async throws {
    let folder = try TestFolder()
    for name in ["a", "b"] {
      let made = try await Tool.fuzz.run(
        "generate", "--count", "5", "--seed", "3", "--out", name, in: folder)
      #expect(made.code == 0)
    }
    for index in 0..<5 {
      let checked = try await Tool.vci.run("check", "a/3-\(index).vci", in: folder)
      #expect(checked.code == 0 || checked.code == 4)
      #expect(
        try folder.bytes(of: "a/3-\(index).vci") == folder.bytes(of: "b/3-\(index).vci"))
    }
  }

  @Test
  func `makes an image of its number alone, as a file and in a stream`() async throws {
    let folder = try TestFolder()
    _ = try await Tool.fuzz.run("generate", "--count", "4", "--edited", "--out", "a", in: folder)
    let made = try await Tool.fuzz.run(
      "generate", "--count", "1", "--first", "3", "--edited", "--out", "b", in: folder)
    #expect(made.code == 0)
    #expect(try folder.bytes(of: "a/1-3.vci") == folder.bytes(of: "b/1-3.vci"))
    let streamed = try await Tool.fuzz.shell(
      "\"$0\" generate --count 4 --edited --stdout >stream", in: folder)
    #expect(streamed.code == 0)
    var expected: [UInt8] = []
    let lines = try folder.bytes(of: "a/verdicts.jsonl").split(separator: UInt8(ascii: "\n"))
    for (index, line) in lines.enumerated() {
      expected += line + [UInt8(ascii: "\n")] + (try folder.bytes(of: "a/1-\(index).vci"))
    }
    #expect(try folder.bytes(of: "stream") == expected)
  }

  @Test
  func `makes only images that are wanted, and tells what it leaves out`() async throws {
    let folder = try TestFolder()
    let made = try await Tool.fuzz.run(
      "generate", "--count", "2", "--edited", "--rule", "VCI-NODE-001", "--out", ".", in: folder)
    #expect(made.code == 0)
    #expect(made.errors.hasPrefix("images left out: "))
    #expect(made.errors.contains(" not wanted"))
    let lines = try folder.bytes(of: "verdicts.jsonl").split(separator: UInt8(ascii: "\n"))
    #expect(lines.count == 2)
    for line in lines {
      #expect(String(decoding: line, as: UTF8.self).contains(#""rule":"VCI-NODE-001""#))
    }
  }

  @Test
  func `ends with 1 if there is no further image`() async throws {
    let folder = try TestFolder()
    let made = try await Tool.fuzz.run(
      "generate", "--count", "2", "--first", "18446744073709551615", "--out", ".", in: folder)
    #expect(made.code == 1)
    #expect(made.errors == "vcifuzz: given up: there is no image of a larger number\n")
    #expect(try folder.names.contains("verdicts.jsonl"))
  }

  @Test
  func `leaves the list of other images alone`() async throws {
    let folder = try TestFolder()
    _ = try await Tool.fuzz.run("generate", "--count", "2", "--out", ".", in: folder)
    let names = try folder.names
    let list = try folder.bytes(of: "verdicts.jsonl")
    let again = try await Tool.fuzz.run(
      "generate", "--count", "2", "--seed", "2", "--out", ".", in: folder)
    #expect(again.code == 1)
    #expect(
      again.errors == "vcifuzz: ./verdicts.jsonl: cannot create the file: File exists (error 17)\n")
    #expect(try folder.names == names)
    #expect(try folder.bytes(of: "verdicts.jsonl") == list)
  }

  @Test(.timeLimit(.minutes(30)), arguments: ["--shapes", "--out images"])
  func `ends with 72 where it is interrupted`(what: String) async throws {
    let folder = try TestFolder()
    // SIGTERM is signal 15: bit 14 of the signals that the tool has a handler for.
    let outcome = try await Tool.fuzz.shell(
      """
      "$0" generate --count 18446744073709551615 \(what) >made &
      until grep -Eq '^SigCgt:.*[4-7c-f]...$' /proc/$!/status; do sleep 0.02; done
      sleep 0.2
      kill -TERM $!
      wait $!
      code=$?
      if test -d images; then
        test $(wc -l <made) = $(wc -l <images/verdicts.jsonl) || exit 99
      fi
      exit $code
      """, in: folder)
    #expect(outcome.code == 72)
  }
}
