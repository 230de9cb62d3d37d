public import ArgumentParser
internal import Glibc
public import SystemPackage
internal import VCIFiles
internal import VCIFormat

/// Finds the folder of the corpus if no option names it.
public enum CorpusPlace {
  /// The help of the option that names a corpus.
  public static let help: ArgumentHelp =
    "The folder of the corpus; otherwise that of VCI_CORPUS, or Corpus here or beside the program."

  /// The folder in the variable `VCI_CORPUS`; `nil` if the variable is not set.
  public static var ofEnvironment: FilePath? {
    RawArguments.environment("VCI_CORPUS").map { FilePath($0) }
  }

  /// The folder of the corpus, `nil` if there is none.
  ///
  /// If `VCI_CORPUS` is set, it is that folder, or none if the variable is empty. Otherwise it is
  /// the first folder `Corpus` with a manifest: in the current folder, then in the folder of the
  /// program, then in each folder above that one.
  public static var found: FilePath? {
    if let named = ofEnvironment { return named.isEmpty ? nil : named }
    return ofSuite
  }

  /// The folder of the corpus that is here or beside the program, whatever `VCI_CORPUS` names;
  /// `nil` if there is none.
  public static var ofSuite: FilePath? { isCorpus("Corpus") ? "Corpus" : aboveProgram }

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
public struct CorpusOption: ParsableArguments {
  @Option(help: CorpusPlace.help, transform: PathArgument.folder)
  public var corpus: FilePath?

  public init() {}

  /// The folder that the option names, else the one that is found, else `Corpus`.
  public var folder: FilePath { corpus ?? CorpusPlace.found ?? "Corpus" }
}
