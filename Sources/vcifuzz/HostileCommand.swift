internal import ArgumentParser

struct HostileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "hostile", abstract: "todo")
  func run() throws {}
}
