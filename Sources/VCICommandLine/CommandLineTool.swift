public import ArgumentParser
internal import Glibc
internal import VCIFormat

/// Runs a command-line tool: the parsing, failures and exit codes that all tools share.
///
/// With `--json` among the arguments, standard output gets only JSON, even if the tool fails;
/// without it, text. In both cases failures are also reported as text on standard error.
///
/// Commands run on the main thread and no other thread is started, so that a tool works even if a
/// limit of the user allows no second one.
public struct CommandLineTool<Root: ParsableCommand> {
  private let arguments: [String]
  /// The failure to translate the arguments, if there is one.
  private let misuse: ToolFailure?

  /// Makes the tool for `arguments`, without the program's name, as `RawArguments.all` has them.
  ///
  /// `translation` replaces options of other programs by options of the tool.
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

  /// Runs `work`, then ends the program: with exit code 0, or with that of the error.
  private func ending(_ work: () throws -> Void) -> Never {
    do {
      try work()
      exit(0)
    } catch {
      end(with: error)
    }
  }

  /// Ends the program for an error of the parser, a request for help, or a failure of a command.
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
    Output.note("\(Root.name): \(failure.text)")
    if failure.code == ToolFailure.usageCode {
      let helpCommand = UsageAdvice(Root.self, arguments).helpCommand
      Output.note("'\(helpCommand)' tells more.")
    }
    exit(failure.code)
  }

  /// Prints help, the version or a completion script, and ends the program with exit code 0.
  private func answer(_ text: String) -> Never {
    if wantsJSON {
      let isVersion = text == Root.configuration.version
      Output.write(Output.json([isVersion ? "version" : "help": text]))
    } else {
      Output.write(text + "\n")
    }
    exit(0)
  }

  /// Whether `--json` is among the arguments before `--`; after `--` it would be the name of a
  /// file.
  private var wantsJSON: Bool {
    arguments.prefix { $0 != "--" }.contains("--json")
  }
}

extension ParsableCommand {
  /// The name of the command on the command line.
  static var name: String { configuration.commandName ?? "\(Self.self)".lowercased() }
}
