internal import ArgumentParser

struct CorpusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "corpus", abstract: "todo")
  func run() throws {}
}
