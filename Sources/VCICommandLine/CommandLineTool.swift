public import ArgumentParser
internal import Glibc

/// An end of the program that its command has fully told of: the exit code alone is left to give.
public struct ToolExit: Error {
  /// The exit code.
  public let code: Int32
  public init(_ code: Int32) { self.code = code }
}

/// A failure to tell of: in text on standard error, or in JSON on standard output.
public struct ToolFailure: Error {
  /// The exit code.
  public let code: Int32
  /// What kind of failure it is, in a word.
  public let kind: String
  /// What is wrong.
  public let message: String

  public init(code: Int32, kind: String, _ message: String) {
    self.code = code
    self.kind = kind
    self.message = message
  }

  /// A wrong use of the command line that only the command could see.
  public static func usage(_ message: String) -> ToolFailure {
    ToolFailure(code: 64, kind: "usage", message)
  }
}

/// Runs a tool: the part of a command line that all tools share.
public struct CommandLineTool<Root: AsyncParsableCommand> {
  private let arguments: [String]

  /// Makes the tool for `arguments`, the program's name left out.
  public init(_ root: Root.Type, arguments: [String]) {
    self.arguments = arguments
  }

  private var wantsJSON: Bool {
    arguments.prefix { $0 != "--" }.contains("--json")
  }

  /// Parses the arguments, runs the command that they name, and ends the program.
  public func run() async -> Never {
    Interruption.ignoreClosedPipes()
    do {
      var command = try Root.parseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      exit(0)
    } catch let end as ToolExit {
      exit(end.code)
    } catch let failure as ToolFailure {
      tell(failure)
      exit(failure.code)
    } catch {
      end(with: error)
    }
  }

  /// Ends the program for an error of the parser, or for a wish for help.
  private func end(with error: any Error) -> Never {
    let code = Root.exitCode(for: error).rawValue
    if code == 0 {
      Output.write(Root.fullMessage(for: error) + "\n")
      exit(0)
    }
    let isUsage = code == ExitCode.validationFailure.rawValue
    guard isUsage else {
      tell(ToolFailure(code: 1, kind: "failure", "\(error)"))
      exit(1)
    }
    tell(.usage(suggestion ?? Root.message(for: error)))
    if !wantsJSON { Output.note("'\(Root.configuration.commandName ?? "") --help' tells more.") }
    exit(64)
  }

  private struct FailureObject: Encodable {
    struct Body: Encodable {
      let kind: String
      let message: String
    }

    let error: Body
    let exit: Int32
  }

  private func tell(_ failure: ToolFailure) {
    if wantsJSON {
      let body = FailureObject.Body(kind: failure.kind, message: failure.message)
      Output.write(Output.json(FailureObject(error: body, exit: failure.code)))
    } else {
      Output.note("\(Root.configuration.commandName ?? ""): \(failure.message)")
    }
  }

  /// What to say where a word that is no command, or an option that is none, was meant to be
  /// another one.
  private var suggestion: String? {
    var type: any ParsableCommand.Type = Root.self
    for word in arguments.prefix(while: { !$0.hasPrefix("-") }) {
      let commands = type.configuration.subcommands
      let names = commands.compactMap { $0.configuration.commandName }
      if let index = names.firstIndex(of: word) {
        type = commands[index]
        continue
      }
      let shown = commands.filter { $0.configuration.shouldDisplay }
        .compactMap { $0.configuration.commandName }
      guard !shown.isEmpty else { break }
      let hint =
        nearestWord(to: word, among: shown).map { "Did you mean '\($0)'?" }
        ?? "The commands are: \(shown.joined(separator: ", "))."
      return "There is no command '\(word)'. \(hint)"
    }
    return suggestion(for: type.configuration.defaultSubcommand ?? type)
  }

  /// What to say of the first option that the help of `command` does not name.
  private func suggestion(for command: any ParsableCommand.Type) -> String? {
    let words = Root.helpMessage(for: command, includeHidden: true)
      .split { !($0.isLetter || $0.isNumber || $0 == "-") }
    let names = Set(words.filter { $0.hasPrefix("--") && $0.count > 2 }.map(String.init))
    for argument in arguments.prefix(while: { $0 != "--" }) where argument.hasPrefix("--") {
      let name = String(argument.prefix { $0 != "=" })
      guard !names.contains(name), name != "--json" else { continue }
      return nearestWord(to: name, among: names.sorted()).map {
        "Unknown option '\(name)'. Did you mean '\($0)'?"
      }
    }
    return nil
  }
}
