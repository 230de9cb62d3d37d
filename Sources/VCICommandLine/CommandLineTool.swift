public import ArgumentParser
internal import Glibc

/// Runs a tool: the part of a command line that all tools share.
///
/// With `--json` among the arguments, standard output gets JSON and nothing else, however the
/// tool ends; without it, text. What is wrong goes to standard error.
public struct CommandLineTool<Root: AsyncParsableCommand> {
  private let arguments: [String]
  private let translation: ([String]) throws -> [String]

  /// Makes the tool for `arguments`, the program's name left out; `translation` puts options of
  /// other programs into words of the tool's own.
  public init(
    _ root: Root.Type, arguments: [String],
    translation: @escaping ([String]) throws -> [String] = { $0 }
  ) {
    (self.arguments, self.translation) = (arguments, translation)
  }

  /// Parses the arguments, runs the command that they name, and ends the program.
  public func run() async -> Never {
    Output.prepare()
    Interruption.takeQuitForAnEnd()
    do {
      let words = try translation(arguments)
      if let misspelt = UsageAdvice(Root.self, words).unknownCommand { throw misspelt }
      try await runCommand(words)
      exit(0)
    } catch let end as ToolExit {
      exit(end.code)
    } catch let failure as ToolFailure {
      end(with: failure)
    } catch {
      end(with: error)
    }
  }

  private func runCommand(_ words: [String]) async throws {
    var command = try Root.parseAsRoot(words)
    if let missing = UsageAdvice.missingCommand(behind: type(of: command)) { throw missing }
    if var asynchronous = command as? any AsyncParsableCommand {
      try await asynchronous.run()
    } else {
      try command.run()
    }
  }

  /// Ends the program for an error of the parser, a wish for help, or a failure of a command.
  private func end(with error: any Error) -> Never {
    switch Root.exitCode(for: error) {
    case .success: answer(Root.fullMessage(for: error))
    case .validationFailure:
      end(with: UsageAdvice(Root.self, arguments).failure(for: Root.message(for: error)))
    default: end(with: ToolFailure(code: 1, kind: "failure", "\(error)"))
    }
  }

  private func end(with failure: ToolFailure) -> Never {
    if wantsJSON { Output.write(Output.json(failure.object)) }
    Output.note("\(Root.name): \(failure.message)")
    if failure.code == ToolFailure.usageCode {
      let helpCommand = UsageAdvice(Root.self, arguments).helpCommand
      Output.note("'\(helpCommand)' tells more.")
    }
    exit(failure.code)
  }

  /// Gives the text that was wished for: help, version, a completion script.
  private func answer(_ text: String) -> Never {
    if wantsJSON {
      let isVersion = text == Root.configuration.version
      Output.write(Output.json([isVersion ? "version" : "help": text]))
    } else {
      Output.write(text + "\n")
    }
    exit(0)
  }

  /// Whether `--json` is asked for; what stands behind `--` is a file's name.
  private var wantsJSON: Bool {
    arguments.prefix { $0 != "--" }.contains("--json")
  }
}

extension ParsableCommand {
  /// The command's name, as it is typed.
  static var name: String { configuration.commandName ?? "\(Self.self)".lowercased() }
}
