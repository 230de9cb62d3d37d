internal import VCIFuzzing
internal import VCIGenerators

/// Where the image of a kit comes from.
struct KitImage {
  let image: SparseBytes
  /// The nearest valid image; `nil` if the image is valid itself, or if none is known.
  let valid: SparseBytes?
  /// The text of a recipe that makes the image; `nil` if there is none.
  let recipe: String?

  /// Takes an image that a shrinker has left.
  init(_ planned: PlannedImage) {
    image = planned.image.bytes
    valid = planned.edits.isEmpty ? nil : planned.valid
    recipe = planned.recipe
  }

  /// Takes the image of a vector, which is valid without its edits.
  init(_ vector: BuiltVector) {
    image = vector.image.bytes
    valid = vector.valid
    recipe = vector.text
  }
}
