public import SystemPackage
internal import VCIFormat
internal import VCIGenerators
internal import VCIReference

extension CorpusBuilder {
  /// Returns the number of images, and every way in which probe, open for reading and the reads of
  /// the recipes behave otherwise than the recipes say. A recipe that cannot be read is a
  /// difference.
  ///
  /// They do if they accept or refuse an image, serve, miss or refuse blocks, or deliver bytes
  /// otherwise. Which rule a refusal names makes no difference. `progress` is called with the
  /// number of images done and their total number.
  ///
  /// - Throws: `CorpusError` if the folder cannot be read.
  public static func verifyBehaviour(
    _ path: FilePath, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> (entries: Int, differences: [String]) {
    compare(try recipes(in: path), progress: progress) { _, built in
      BehaviourRun(built).differences()
    }
  }
}

/// What the reference does with an image of the corpus, compared with its recipe.
struct BehaviourRun {
  private let built: BuiltVector
  private let source: SparseImage

  init(_ built: BuiltVector) {
    self.built = built
    source = SparseImage(built.image.bytes)
  }

  /// Returns every way in which probe, open and reads behave otherwise than the recipe says.
  func differences() -> [String] {
    let differences = [probeDifference].compactMap(\.self)
    let image: CacheImage
    do throws(ImageError) {
      image = try CacheImage.open(source, purpose: .reading)
    } catch {
      return differences + (built.opens ? ["the open is refused: \(error)"] : [])
    }
    guard built.opens else { return differences + ["the open is not refused"] }
    return differences + built.recipe.front.reads.compactMap { difference($0, image) }
  }

  /// Returns the reads that are refused for another rule than the recipe says.
  func otherRules() -> [String] {
    guard let image = try? CacheImage.open(source, purpose: .reading) else { return [] }
    return built.recipe.front.reads.compactMap { read in
      guard case .refused(let rule) = read.answer, read.count.rawValue <= Self.readLimit else {
        return nil
      }
      var bytes = [UInt8](repeating: 0, count: Int(read.count.bytes))
      do throws(ImageError) {
        var span = bytes.mutableSpan
        var buffer = unsafe span.mutableBytes
        _ = try image.read(offset: read.block, count: read.count, into: &buffer)
        return nil
      } catch .violation(let violation) where violation.rule == rule {
        return nil
      } catch {
        return "the read \(read) is refused: \(error)"
      }
    }
  }

  /// The largest read that is compared, in blocks.
  private static let readLimit: UInt64 = 4096

  /// How probe behaves otherwise: it must refuse an image that breaks a rule of its stage
  /// (VCI-RD-001).
  private var probeDifference: String? {
    let isRefused = built.recipe.front.findings.contains {
      $0.ruleClass == .corruption && $0.rule.stage(in: .root) == .probe
    }
    do throws(StorageError) {
      switch try probe(source) {
      case .mine: return isRefused ? "probe takes it" : nil
      case .notMine(let violation): return isRefused ? nil : "probe refuses it: \(violation)"
      }
    } catch {
      return "probe fails: \(error)"
    }
  }

  /// How a read behaves otherwise. It may ask for twice the bytes of its blocks, of the nodes of a
  /// path and of all that the image keeps.
  private func difference(_ read: RecipeRead, _ image: CacheImage) -> String? {
    guard read.count.rawValue <= Self.readLimit else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(read.count.bytes))
    source.resetWork()
    let answer: ReadAnswer
    do throws(ImageError) {
      var span = bytes.mutableSpan
      var buffer = unsafe span.mutableBytes
      answer = try image.read(offset: read.block, count: read.count, into: &buffer)
    } catch {
      if case .refused = read.answer { return nil }
      return "the read \(read) is refused: \(error)"
    }
    let path = UInt64(Format.maximumLevels * Format.nodeSize)
    guard source.work <= 2 * (read.count.bytes + path + UInt64(built.image.bytes.keptBytes)) else {
      return "the read \(read) asks for \(source.work) bytes"
    }
    return isRight(answer, bytes, read.answer) ? nil : "the read \(read) is answered \(answer)"
  }

  private func isRight(
    _ answer: ReadAnswer, _ bytes: [UInt8], _ expected: RecipeRead.Answer
  ) -> Bool {
    switch (answer, expected) {
    case (.miss(let count), .miss(let missing)): return count == missing
    case (.hit(let count), .hit(let cached, let address)):
      let length = Int(cached.bytes)
      return count == cached
        && built.image.bytes.bytes(at: address.bytes, count: length) == Array(bytes.prefix(length))
    case (.hit, _), (.miss, _): return false
    }
  }
}
