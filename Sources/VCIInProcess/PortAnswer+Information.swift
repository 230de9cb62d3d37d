internal import VCIConformance
internal import VCIFormat

extension PortAnswer.Info {
  /// What a header says.
  ///
  /// - Throws: `AdapterFailure.protocolViolation` for what is no UUID in lower case.
  init(_ information: ImageInformation) throws(AdapterFailure) {
    self.init(
      version: information.version, isFixed: information.isFixed, blocks: information.blocks,
      isDirty: information.isDirty, uuid: try Self.uuid(information.uuid),
      modUUID: try Self.uuid(information.modificationUUID))
  }

  private static func uuid(_ text: String) throws(AdapterFailure) -> ImageUUID {
    guard let uuid = ImageUUID(text), uuid.description == text else {
      throw .protocolViolation("'\(PrintableText(text))' is no UUID in lower case")
    }
    return uuid
  }
}
