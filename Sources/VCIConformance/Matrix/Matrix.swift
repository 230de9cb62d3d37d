/// What several programs were found to be, requirement by requirement, and where two of them
/// differ: the content of `matrix.json` (`Specs/schemas/matrix.json`).
///
/// It holds nothing that depends on the machine, on the time or on the number of jobs, so that it
/// can be committed, and compared with a later one.
package struct Matrix: Codable, Equatable, Sendable {
  /// The version of the form.
  package static let schema = 1

  package var schema = Matrix.schema
  package var lane: String
  package var seed: String
  /// The test or rule that was asked about alone; `nil` for all of the lane.
  package var only: String?
  /// The programs, in the order of the command line.
  package var implementations: [Implementation]
  /// The requirements, in the order of the specification, each with a cell of every program.
  package var requirements: [Row]
  /// How many programs passed how many tests; see `Agreement`.
  package var agreement: [Agreement]
  /// Who reads whose images.
  package var exchanges: [Exchange]
  /// Where two programs differ.
  package var differences: [Difference]
  /// What cells and exchanges refer to by index: failures with all that shows them.
  package var examples: [Example]
}

extension Matrix {
  /// A program.
  package struct Implementation: Codable, Equatable, Sendable {
    /// The name, the version and the language that it declares. Two programs may have one name.
    package var name: String
    package var version: String
    package var language: String?
    /// The command of its adapter.
    package var command: String
    /// `conforms`, `does not conform` or `incomplete`.
    package var verdict: String
    /// The exit code of a run with it alone: 0, 1 or 3.
    package var exit: Int32
    package var tests: Tests
    /// The names of tests that failed, in the order of the lane; at most 1,000.
    package var failing: [String] = []
    /// Why the run is incomplete, a line each.
    package var missing: [String]
    /// What it does not declare, so that tests are not applicable.
    package var undeclared: [String]
  }

  /// Counts of tests. `passed`, `failed`, `known` and `flaky` add up to `applicable`.
  package struct Tests: Codable, Equatable, Sendable {
    package var applicable: Int
    package var passed: Int
    package var failed: Int
    package var known: Int
    package var flaky: Int
    package var notApplicable: Int
    package var notRun: Int
  }

  /// A requirement.
  package struct Row: Codable, Equatable, Sendable {
    /// The ID, such as `VCI-RD-004`.
    package var requirement: String
    /// Its clause, a sentence of the specification.
    package var clause: String
    /// A cell for each program, in their order.
    package var cells: [Cell]
  }

  /// What a program does about a requirement.
  package struct Cell: Codable, Equatable, Sendable {
    package enum Verdict: String, Codable, Sendable {
      case right
      case wrong
      /// It does not declare what is needed.
      case notApplicable = "not applicable"
      /// No test that was run asks for it.
      case notAsked = "not asked"
    }

    package var verdict: Verdict
    /// How often it was asked about, and the number of tests that failed in it.
    package var asked: Int
    package var failed: Int
    /// Why it was never asked about.
    package var why: String?
    /// The smallest failure, an index into `examples`; `nil` unless it is wrong.
    package var example: Int?
  }

  /// How many tests are passed by exactly so many of the programs to which they apply.
  package struct Agreement: Codable, Equatable, Sendable {
    /// The number of programs to which the tests apply, and of those that pass them.
    package var applicable: Int
    package var passing: Int
    package var tests: Int
    /// The tests that are passed by some and failed by others, by name, at most 50.
    package var names: [String]
  }

  /// What one program wrote, before another.
  package struct Exchange: Codable, Equatable, Sendable {
    /// The index of the writer; of the two that took turns, the first one.
    package var writer: Int
    /// The index of who read it, or took turns; `nil` for the checker of the suite.
    package var reader: Int?
    /// Whether both wrote, in turns.
    package var isInTurns: Bool
    /// The numbers of workloads: all, and those that went wrong.
    package var workloads: Int
    package var failed: Int
    /// The number of others that went wrong, as the program that is wrong has declared; `nil` if
    /// there is none.
    package var known: Int?
    /// Why there is none.
    package var why: String?
    /// The smallest failure, an index into `examples`.
    package var example: Int?
  }
}

extension Matrix {
  /// A kind of difference between two answers to the same request about the same image.
  package struct Difference: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, CaseIterable, Sendable {
      case probe
      case openForReading = "open-ro"
      case openForWriting = "open-rw"
      case info
      /// One serves a block that the other misses or refuses, or one misses what the other refuses.
      case served
      /// Both serve a block, with different bytes.
      case bytes
      case extents
      case check
    }

    package enum Cause: String, Codable, Sendable {
      /// One of the two breaks a rule or a requirement, named in `rule`.
      case rule
      /// Both are right, by the requirement or ruling in `rule`, which leaves a choice.
      case choice
      /// No rule decides: the specification has a hole.
      case hole
    }

    package var kind: Kind
    package var cause: Cause
    /// The rule, requirement or ruling; `nil` for a hole.
    package var rule: String?
    /// Why, a sentence.
    package var about: String
    /// The number of images with it.
    package var images: Int
    /// The smallest image with it: the name of the test, and how it was made.
    package var test: String
    package var image: String
    /// The request, in the words of the simple form.
    package var request: String
    /// The answers to it, each with the programs that give it, the most frequent first.
    package var answers: [Answer]
    /// The line that reproduces it.
    package var command: String
    /// The folder of the pair that is kept, if one is.
    package var kit: String?
    /// The two ribbons of the smallest image.
    package var ribbons: Ribbons?
  }

  /// An answer that some programs give.
  package struct Answer: Codable, Equatable, Sendable {
    package var answer: String
    /// Their indices. "3 of 4 read it like you" is made of them.
    package var implementations: [Int]
    /// Whether the specification allows it.
    package var isAllowed: Bool
  }

  /// A failure, with all that shows it.
  package struct Example: Codable, Equatable, Sendable {
    /// The index of the program.
    package var implementation: Int
    package var requirement: String
    /// The kind of failure (`Specs/Port.md`).
    package var kind: String
    package var test: String
    /// How the image was made.
    package var image: String
    package var request: String
    package var expected: String
    package var got: String
    /// What the program said last on standard error.
    package var errors: String?
    /// The line that reproduces it.
    package var command: String
    /// The number of tests with this kind of failure.
    package var tests: Int
    /// The name of the nearest valid image, and what it and the failing one have in common and not.
    package var twin: String?
    /// The bytes that differ from those of the twin, or in what came from what was expected.
    package var bytes: [Bytes]
    /// The fewest steps that show it; `nil` if the test is not one of steps.
    package var sequence: Sequence?
    /// The folder of its kit, if there is one.
    package var kit: String?
    package var ribbons: Ribbons?
  }

  /// The fewest steps of a workload that show a failure like that of the whole one.
  package struct Sequence: Codable, Equatable, Sendable {
    /// What they begin with.
    package var start: String
    /// The number of steps of the whole workload.
    package var before: Int
    /// The steps, at most `mostSteps`, and the number of those that are left out.
    package var steps: [String]
    package var more: Int
    /// The request that shows the failure then, what was expected and what came.
    package var request: String
    package var expected: String
    package var got: String
    /// The bytes that differ in what came.
    package var bytes: [Bytes]

    /// The most steps that are kept.
    package static let mostSteps = 100
  }

  /// Bytes that differ, at most 16 of a place.
  package struct Bytes: Codable, Hashable, Sendable {
    /// Where, in words: "image, offset 0x86b, tree/extent[2].blockAddress".
    package var place: String
    /// In hexadecimal.
    package var expected: String
    package var got: String
  }

  /// An image as two ribbons: the disk, and the file; at most `mostRuns` of each.
  package struct Ribbons: Codable, Equatable, Sendable {
    /// The runs of the disk that are cached, and those around them, ascending, in blocks.
    package var disk: [Run]
    /// The runs of the file, ascending, in blocks.
    package var file: [Run]
  }

  package struct Run: Codable, Equatable, Sendable {
    package enum Role: String, Codable, CaseIterable, Sendable {
      case header
      case map
      case root
      /// An internal node that is not the root.
      case `internal`
      case leaf
      /// A node that is of no type.
      case node
      case data
      /// Neither reached nor marked as used.
      case free
      /// Marked as used in the block map, and not reached.
      case leaked
      case cached
      case missing
      /// Cached by an extent, or below a node, that is damaged.
      case damaged
      /// What a finding or a failure is about; `of` says what it is beside.
      case wrong
      /// More runs, which are left out; `runs` says how many.
      case more
    }

    /// The first block and their number, as decimal strings.
    package var block: String
    package var count: String
    package var role: Role
    /// Where an extent lies in the other ribbon, as a decimal string.
    package var other: String?
    /// What a wrong run is beside.
    package var of: Role?
    /// The number of runs that are left out.
    package var runs: Int?
  }
}
