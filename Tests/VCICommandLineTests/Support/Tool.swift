import Foundation
import Subprocess
import SystemPackage

/// A tool of the suite, as it was built beside these tests.
struct Tool {
  let path: FilePath

  static let vci = Tool(named: "vci")
  static let fuzz = Tool(named: "vcifuzz")

  private init(named name: String) {
    let tests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    path = FilePath(tests.deletingLastPathComponent().appending(path: name).path)
  }

  /// How a run ended, and what it wrote.
  struct Outcome {
    let code: Int32?
    let output: String
    let errors: String

    /// What was written to standard output, a JSON value of type `Value`.
    func decoded<Value: Decodable>(as type: Value.Type) throws -> Value {
      try JSONDecoder().decode(type, from: Data(output.utf8))
    }

    /// The same of each line.
    func decodedLines<Value: Decodable>(as type: Value.Type) throws -> [Value] {
      try output.split(separator: "\n").map {
        try JSONDecoder().decode(type, from: Data($0.utf8))
      }
    }
  }

  /// Runs the tool, in `folder` where one is given.
  func run(_ arguments: String..., in folder: TestFolder? = nil) async throws -> Outcome {
    try await Self.run(path, arguments, in: folder)
  }

  /// Runs a line of shell in which `$0` is the tool.
  func shell(_ line: String, in folder: TestFolder? = nil) async throws -> Outcome {
    try await Self.run("/bin/sh", ["-c", line, path.string], in: folder)
  }

  private static func run(
    _ program: FilePath, _ arguments: [String], in folder: TestFolder?
  ) async throws -> Outcome {
    let result = try await Subprocess.run(
      .path(program), arguments: Arguments(arguments),
      // The corpus beside the tools would make every campaign longer.
      environment: .inherit.updating(["VCI_CORPUS": ""]),
      workingDirectory: folder.map { FilePath($0.path) }, output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 20))
    var code: Int32?
    if case .exited(let exited) = result.terminationStatus { code = exited }
    return Outcome(
      code: code, output: result.standardOutput, errors: result.standardError)
  }
}

/// The object that tells of a failure.
struct FailureObject: Decodable, Equatable {
  struct Body: Decodable, Equatable {
    let kind: String
    let message: String
  }

  let error: Body
  let exit: Int32
}
