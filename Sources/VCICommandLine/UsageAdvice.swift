internal import ArgumentParser
internal import VCIFormat

/// Makes the messages for wrong usage: a missing or unknown command, or a wrong option.
struct UsageAdvice {
  private let root: any ParsableCommand.Type
  private let arguments: [String]

  init(_ root: any ParsableCommand.Type, _ arguments: [String]) {
    self.root = root
    self.arguments = arguments
  }

  /// The failure that a single word of the command line shows before it is parsed. Its message is
  /// more helpful than the parser's.
  var misuse: ToolFailure? { unknownCommand ?? dash }

  /// The failure for a word that begins with a single dash, other than `-` and `-h`.
  ///
  /// The parser takes such a word for a row of short options, and `-hash.vci` for a request for
  /// help.
  private var dash: ToolFailure? {
    let words = arguments.prefix { $0 != "--" }
    for (before, word) in zip([""] + words, words) {
      guard word.hasPrefix("-"), !word.hasPrefix("--"), word != "-", word != "-h" else { continue }
      let isNumber = word.dropFirst().allSatisfy { $0.isASCII && $0.isNumber || $0 == "." }
      if isNumber, before.hasPrefix("--"), !before.contains("=") {
        return .usage("\(before) takes a number from 0 on, not \(word).")
      }
      return .usage(
        "'\(word)' is no option of this tool; a file of that name is given as ./\(word).")
    }
    return nil
  }

  /// The failure for an unknown word in the place of a command: the first word, or the word after a
  /// command that has subcommands.
  private var unknownCommand: ToolFailure? {
    var parent: any ParsableCommand.Type = root
    let words = arguments.first == "help" ? arguments.dropFirst() : arguments[...]
    for word in words {
      let commands = Self.commands(of: parent)
      guard !word.hasPrefix("-"), !commands.isEmpty else { return nil }
      guard let command = parent.configuration.subcommands.first(where: { $0.name == word }) else {
        return .usage("There is no command '\(word)'. \(Self.hint(for: word, among: commands))")
      }
      parent = command
    }
    return nil
  }

  /// Returns the failure for a command that only groups subcommands and was given without one;
  /// `nil` for any other command.
  static func missingCommand(behind parent: any ParsableCommand.Type) -> ToolFailure? {
    let commands = commands(of: parent)
    guard !commands.isEmpty else { return nil }
    return .usage("A command is missing. \(list(commands))")
  }

  /// Returns the failure for the parser's error `message`.
  ///
  /// The parser reports a missing option before an unknown one, which may be the same option
  /// misspelled.
  func failure(for message: String) -> ToolFailure {
    if message.hasPrefix("Missing expected argument"), let option = unknownOption {
      let nearest = NearestWord.to(option, among: options)
      return .usage(
        "Unknown option '\(option)'" + (nearest.map { ". Did you mean '\($0)'?" } ?? ""))
    }
    if message.contains("nexpected argument"),
      let word = arguments.first(where: { message.contains("'\($0)'") }),
      Self.commands(of: root).contains(word)
    {
      return .usage("The command '\(word)' must stand before all options.")
    }
    return .usage(message + (Self.hint(onNumberIn: message) ?? ""))
  }

  /// Returns a hint to append to the parser's `message` that a number is invalid; `nil` for any
  /// other message.
  private static func hint(onNumberIn message: String) -> String? {
    // A message of the parser alone ends with the option; one of our validations adds text after
    // it.
    let words = message.split(separator: "'", maxSplits: 2).map(String.init)
    guard words.count == 3, words[0] == "The value ", words[2].hasPrefix(" is invalid for "),
      words[2].hasSuffix(">'")
    else { return nil }
    let isNumber = words[1].allSatisfy { $0.isASCII && $0.isNumber }
    return isNumber ? ": it is too large." : ": a whole number is needed, from 0 on."
  }

  /// The first argument that looks like an option but is not one of the command's.
  private var unknownOption: String? {
    let options = options
    return arguments.prefix { $0 != "--" }
      .filter { $0.hasPrefix("-") && $0.count > 1 }
      .compactMap { $0.split(separator: "=").first.map(String.init) }
      .first { !options.contains($0) }
  }

  /// The options of the named command, as its help lists them.
  private var options: [String] {
    helpOfCommand.split(separator: "\n")
      .map { $0.drop { $0 == " " } }
      .filter { $0.hasPrefix("-") }
      .flatMap { $0.split { " ,=".contains($0) } }
      .filter { $0.hasPrefix("-") }
      .map(String.init)
  }

  private var helpOfCommand: String {
    let command = named.last ?? root
    return (command.configuration.defaultSubcommand ?? command).helpMessage()
  }

  /// The command line that prints help for the named command, or for the tool if none is named.
  var helpCommand: String {
    ([root.name] + named.map { $0.name } + ["--help"]).joined(separator: " ")
  }

  /// The commands that the first arguments name, each a subcommand of the one before it.
  private var named: [any ParsableCommand.Type] {
    var commands: [any ParsableCommand.Type] = []
    for word in arguments {
      let parent = commands.last ?? root
      guard let next = parent.configuration.subcommands.first(where: { $0.name == word }) else {
        break
      }
      commands.append(next)
    }
    return commands
  }

  private static func commands(of parent: any ParsableCommand.Type) -> [String] {
    parent.configuration.subcommands.filter { $0.configuration.shouldDisplay }.map { $0.name }
  }

  private static func hint(for word: String, among commands: [String]) -> String {
    NearestWord.to(word, among: commands).map { "Did you mean '\($0)'?" } ?? list(commands)
  }

  private static func list(_ commands: [String]) -> String {
    "The commands are: \(commands.joined(separator: ", "))."
  }
}
