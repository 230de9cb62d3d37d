internal import ArgumentParser

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "generate", abstract: "todo")
  func run() throws {}
}
