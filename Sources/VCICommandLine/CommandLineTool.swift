public import ArgumentParser
internal import Glibc
internal import VCIFormat

/// Runs a tool: the part of a command line that all tools share.
///
/// With `--json` among the arguments, standard output gets JSON and nothing else, however the
/// tool ends; without it, text. What is wrong goes to standard error.
///
/// Commands run on the thread that the program began with, and no other thread is started, so that
/// a tool works where a user may have no second one.
public struct CommandLineTool<Root: ParsableCommand> {
  private let arguments: [String]
  /// What is wrong with the arguments before they are parsed.
  private let misuse: ToolFailure?

  /// Makes the tool for `arguments`, the program's name left out, as `RawArguments` has them.
  ///
  /// `translation` puts options of other programs into words of the tool's own.
  public init(
    _ root: Root.Type, arguments: [String],
    translation: ([String]) throws(ToolFailure) -> [String] = { (words) throws(ToolFailure) in words
    }
  ) {
    do throws(ToolFailure) {
      (self.arguments, misuse) = (try translation(arguments), nil)
    } catch {
      (self.arguments, misuse) = (arguments, error)
    }
  }

  /// Parses the arguments, runs the command that they name, and ends the program.
  public func run() -> Never {
    Output.prepare()
    Interruption.takeQuitForAnEnd()
    ending {
      if let misuse = misuse ?? UsageAdvice(Root.self, arguments).misuse { throw misuse }
      var command = try Root.parseAsRoot(arguments)
      if let missing = UsageAdvice.missingCommand(behind: type(of: command)) { throw missing }
      try command.run()
    }
  }

  /// Runs `work` and ends the program as it ends.
  private func ending(_ work: () throws -> Void) -> Never {
    do {
      try work()
      exit(0)
    } catch {
      end(with: error)
    }
  }

  /// Ends the program for an error of the parser, a wish for help, or a failure of a command.
  private func end(with error: any Error) -> Never {
    if let end = error as? ToolExit { exit(end.code) }
    if let failure = error as? ToolFailure { end(with: failure) }
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
