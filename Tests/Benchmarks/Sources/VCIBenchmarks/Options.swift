import Glibc

/// What the program is asked to do.
struct Options {
  /// A part of the measurements.
  enum Part: String, CaseIterable {
    case small = "--small"
    case large = "--large"
    case qemu = "--qemu"
    case writer = "--writer"
    case terabyte = "--terabyte"
    case extremes = "--extremes"
  }

  /// A checker of VCI images.
  enum CheckerName: String {
    case swift
    /// The one in C, over a mapping of the file.
    case c
    /// The same, in a second check over a mapping whose pages are there already.
    case cAgain = "c-again"
    /// Reads nothing, and shows what a process costs.
    case none
  }

  enum Task {
    case measure(Set<Part>)
    case verdicts([String])
    case make(TreeImage.Shape, extents: Int, path: String)
    case one(CheckerName, path: String)
    case fill(TerabyteImage.Shape, extents: Int, path: String)
    case reopen(path: String)
  }

  var task = Task.measure([.small, .large, .qemu])
  /// How many extents images have, where the number is given.
  var extents: Int?

  init(_ arguments: some Sequence<String>) throws {
    var parts: Set<Part> = []
    var rest = Array(arguments)[...]
    while let argument = rest.popFirst() {
      if let part = Part(rawValue: argument) {
        parts.insert(part)
      } else if argument == "--extents" {
        extents = try Self.count(rest.popFirst())
      } else if argument == "--verdicts" {
        task = .verdicts(Array(rest))
        return
      } else if argument == "--make", rest.count == 3, let name = rest.popFirst() {
        guard let shape = TreeImage.Shape(rawValue: name) else {
          throw Failure("no shape: \(name)")
        }
        let extents = try Self.count(rest.popFirst())
        task = .make(shape, extents: extents, path: rest.removeFirst())
      } else if argument == "--one", rest.count == 2, let name = rest.popFirst() {
        guard let checker = CheckerName(rawValue: name) else {
          throw Failure("no checker: \(name)")
        }
        task = .one(checker, path: rest.removeFirst())
      } else if argument == "--fill", rest.count == 3, let name = rest.popFirst() {
        guard let shape = TerabyteImage.Shape(rawValue: name) else {
          throw Failure("no shape: \(name)")
        }
        let extents = try Self.count(rest.popFirst())
        task = .fill(shape, extents: extents, path: rest.removeFirst())
      } else if argument == "--reopen", rest.count == 1 {
        task = .reopen(path: rest.removeFirst())
      } else {
        throw Failure("\(argument) is no option; see the comment in main.swift")
      }
    }
    if !parts.isEmpty { task = .measure(parts) }
  }

  private static func count(_ text: String?) throws -> Int {
    guard let number = text.flatMap({ Int($0) }), (1...100_000_000).contains(number) else {
      throw Failure("a number of extents is from 1 to 100000000")
    }
    return number
  }
}

/// Why a measurement cannot be made.
struct Failure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }

  /// A call of the system that failed just now.
  static func system(_ call: String) -> Failure {
    Failure("\(call): \(String(cString: strerror(errno)))")
  }
}
