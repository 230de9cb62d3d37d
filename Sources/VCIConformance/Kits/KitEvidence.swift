internal import VCIFormat

/// What shows a failure, beside the answer.
enum KitEvidence: Hashable {
  /// The most bytes of the image that are shown.
  static let mostBytes: UInt64 = 4096
  /// The most bytes of an image that a script compares, holes among them.
  static let mostCompared: UInt64 = 64 << 20

  /// The bytes of a block of the file that a read delivers, from this block of it on.
  case output(block: UInt64)
  /// The lines of the file that has the list of extents.
  case list
  /// Bytes of the image.
  case image(offset: UInt64, length: UInt64)
  /// A cached block of the closed image.
  case cached(CachedBlock)
  /// The closed image, which the checker rejects for what these bytes of it say.
  case rejected(offset: UInt64, length: UInt64)
  /// Whether the image changed: at this byte, if there is one.
  case change(at: UInt64?)
  /// Whether a create that failed left a file behind.
  case leftBehind
  /// Whether a file was made where a link leads that led nowhere.
  case target
  /// Whether the file has fewer bytes than these.
  case smaller(UInt64)
  /// Whether fewer bytes than these are allocated for the file.
  case allocated(UInt64)
}

extension KitEvidence {
  /// The closed image, which the checker rejects for a finding.
  static func rejected(for finding: Violation) -> KitEvidence {
    .rejected(offset: finding.offset, length: finding.place.length)
  }

  /// A condition of a POSIX shell that holds with the failure, and the words for that and for its
  /// contrary; `nil` if bytes show the failure.
  var condition: (shell: String, holds: String, fails: String)? {
    switch self {
    case .output, .list, .image, .cached: nil
    case .rejected:
      (
        "cmp -s \"$kit/\(KitRecorder.rejectedName)\" \"$IMG\"", "the rejected image",
        "another image"
      )
    case .change(nil): ("! cmp -s \"$kit/image.vci\" \"$IMG\"", "changed", "unchanged")
    case .change(let offset?):
      (
        "byte() { od -An -v -tx1 -j \(offset) -N 1 \"$1\" 2>&1; }; "
          + "[ \"$(byte \"$kit/image.vci\")\" != \"$(byte \"$IMG\")\" ]", "changed", "unchanged"
      )
    case .leftBehind: ("[ -e \"$IMG\" ]", "left behind", "nothing is left")
    case .target: ("[ -e \"$work/target\" ]", "made", "not made")
    case .smaller(let bytes): ("[ \"$(wc -c <\"$IMG\")\" -lt \(bytes) ]", "smaller", "large enough")
    case .allocated(let bytes):
      // Where a file of zeros has not its size allocated either, the file system does not tell.
      (
        "dd if=/dev/zero of=\"$work/zeros\" bs=512 count=\(bytes / 512) 2>/dev/null; "
          + "sync \"$work/zeros\" \"$IMG\" 2>/dev/null; "
          + "kib() { du -k \"$1\" | cut -f 1; }; "
          + "[ \"$(kib \"$work/zeros\")\" -ge \(bytes / 1024) ] && [ \"$(kib \"$IMG\")\" -lt \(bytes / 1024) ]",
        "fewer allocated", "allocated"
      )
    }
  }
}

/// A block of the disk that a closed image has cached, and that is wrong.
struct CachedBlock: Hashable {
  let block: UInt64
  /// The byte of the file at which it stands.
  let offset: UInt64
  /// The bytes that must stand there; `nil` if the block must not be cached.
  let right: [UInt8]?
}
