package import VCIFormat

extension Recipe {
  /// Makes a recipe without a plan: a hole, and the bytes of `source` as contents.
  ///
  /// The image of such a recipe has no model, so that nothing is forecast of it.
  ///
  /// - Throws: `DisassemblyError` if the source fails or has more than `keptLimit` bytes.
  package init(bytesOf source: any ByteSource) throws(DisassemblyError) {
    let image = try ImageReader(source)
    var contents = DisassembledContents(image, data: [], budget: Self.keptLimit)
    try contents.collect(0..<image.size)
    self.init(base: .hole(size: image.size), contents: contents.contents)
  }

  /// Returns the edits that name places of an image of `plan`, in their order.
  ///
  /// All others change nothing, and a recipe that has one is refused.
  package static func edits(_ edits: [Edit], ofPlacesIn plan: ImagePlan) -> [Edit] {
    var targets = EditTargets(plan)
    return edits.filter { (try? targets.apply($0)) != nil }
  }
}
