internal import ArgumentParser
internal import Glibc
internal import SystemPackage
internal import VCICommandLine
internal import VCIFiles
internal import VCIFormat

/// Where the corpus is if no option names it.
enum CorpusPlace {
  /// The help of the option that names a corpus.
  static let help: ArgumentHelp =
    "The folder of the corpus; otherwise that of VCI_CORPUS, or Corpus here or beside the program."

  /// The folder that the variable `VCI_CORPUS` names; `nil` where it is not set.
  static var ofEnvironment: FilePath? {
    RawArguments.environment("VCI_CORPUS").map { FilePath($0) }
  }

  /// The folder of the corpus: that of `VCI_CORPUS`, none where the variable is empty; else Corpus
  /// in this folder, or in the one of this program or above it.
  static var found: FilePath? {
    if let named = ofEnvironment { return named.isEmpty ? nil : named }
    if isCorpus("Corpus") { return "Corpus" }
    return aboveProgram
  }

  private static var aboveProgram: FilePath? {
    let program = unsafe realpath("/proc/self/exe", nil)
    defer { unsafe free(program) }
    guard let program = unsafe program else { return nil }
    var folder = unsafe FilePath(platformString: program)
    while folder.removeLastComponent() {
      let place = folder.appending("Corpus")
      if isCorpus(place) { return place }
    }
    return nil
  }

  private static func isCorpus(_ path: FilePath) -> Bool {
    unsafe path.appending("manifest.jsonl").withPlatformString { unsafe access($0, R_OK) } == 0
  }
}

/// The option of a command that needs a corpus.
struct CorpusOption: ParsableArguments {
  @Option(help: CorpusPlace.help, transform: PathArgument.folder)
  var corpus: FilePath?

  /// The folder that was asked for, or the one that is found.
  var folder: FilePath { corpus ?? CorpusPlace.found ?? "Corpus" }
}
