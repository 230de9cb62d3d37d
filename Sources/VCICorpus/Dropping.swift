internal import SystemPackage
internal import VCIFiles

/// Files that file managers, editors and file systems leave in folders; a corpus ignores them.
enum Dropping {
  private static let names: Set<String> = [
    ".ds_store", ".localized", ".directory", "thumbs.db", "ehthumbs.db", "desktop.ini",
    // Folders.
    ".fseventsd", ".spotlight-v100", ".trashes", "__macosx", "@eadir",
  ]

  /// Returns whether the file at `path`, inside of the folder at `root`, is such a file or lies in
  /// such a folder.
  static func isDropping(_ path: FilePath, in root: FilePath) -> Bool {
    path.components.dropFirst(root.components.count).contains { isName($0.string) }
  }

  /// Returns whether a file with this name is such a file.
  static func isName(_ name: String) -> Bool {
    names.contains(name.lowercased()) || name.hasPrefix("._") || name.hasPrefix(".nfs")
      || name.hasPrefix(".fuse_hidden") || name.hasPrefix(".Trash-") || name.hasPrefix(".#")
      || name.hasSuffix("~") || isSwapFile(name) || LeftDrafts.isName(name)
  }

  /// Returns whether it is a swap file of vim: a dot, a name, then `.swp`, `.swo` and so on back.
  private static func isSwapFile(_ name: String) -> Bool {
    name.hasPrefix(".") && name.dropLast().hasSuffix(".sw")
  }
}
