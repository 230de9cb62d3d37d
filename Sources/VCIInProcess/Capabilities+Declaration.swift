internal import VCIConformance

extension Capabilities {
  /// The capabilities that an implementation declares.
  init(_ declaration: Declaration) {
    self.init()
    name = declaration.name
    version = declaration.version
    language = "Swift"
    operations = Set(declaration.operations.map(\.rawValue))
    features = Set(declaration.features.compactMap { Feature(rawValue: $0.rawValue) })
    durability = declaration.durability.flatMap { Durability(rawValue: $0.rawValue) }
    mostBlocks = declaration.mostBlocks
  }
}
