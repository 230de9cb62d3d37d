internal import Glibc
package import SystemPackage
internal import VCIFiles
internal import VCIFormat

/// `vci-page`, the program that makes a page of a matrix. It stands beside `vci`.
///
/// It is a program of its own since the template library needs all of Foundation, and `vci` starts
/// often.
package struct PageProgram: Sendable {
  private let path: FilePath

  /// The time that it has for a page.
  private static let milliseconds = 60_000
  /// The most bytes of a page.
  private static let mostBytes = 256 << 20

  /// Makes the program at `path`.
  package init(_ path: FilePath) { self.path = path }

  /// The program beside the one that runs.
  package static var besideThis: PageProgram {
    let own = unsafe realpath("/proc/self/exe", nil)
    defer { unsafe free(own) }
    guard let own = unsafe own else { return PageProgram("vci-page") }
    return PageProgram(
      unsafe FilePath(platformString: own).removingLastComponent().appending("vci-page"))
  }

  /// Requires that the program is there.
  ///
  /// - Throws: `NotStarted` if it is not, or cannot be run.
  package func requireProgram() throws(NotStarted) {
    guard unsafe path.withPlatformString({ unsafe access($0, X_OK) }) != 0 else { return }
    throw NotStarted("\(FileName(path)), which makes pages, cannot be run")
  }

  /// Returns the page of a matrix, which is given as JSON.
  ///
  /// - Throws: `NotStarted`, which says why there is none, if the program is not there, does not
  ///   take the matrix, or does not end.
  package func page(of matrix: [UInt8]) throws(NotStarted) -> [UInt8] {
    try requireProgram()
    var limits = AdapterLimits()
    limits.outputBytes = Self.mostBytes
    let process = try AdapterProcess(FileName(path).shellWord, [], limits)
    defer { process.end() }
    let deadline = Deadline(milliseconds: Self.milliseconds)
    do throws(AdapterFailure) {
      // A program that ends before it has taken all of it says why.
      try? process.send(matrix, deadline)
      let (page, ending) = try process.finish(deadline)
      guard ending == .exit(0) else { throw .crashed(Self.reason(process, ending)) }
      return page
    } catch {
      throw NotStarted("\(error)")
    }
  }

  /// Returns what the program says, without its name, or how it ended.
  private static func reason(_ process: AdapterProcess, _ ending: AdapterProcess.Ending) -> String {
    let said = PrintableText.lines(String(decoding: process.errorTail, as: UTF8.self))
    guard let last = said.last(where: { !$0.isEmpty }) else { return "\(ending)" }
    let name = "vci-page: "
    return last.hasPrefix(name) ? String(last.dropFirst(name.count)) : last
  }
}
