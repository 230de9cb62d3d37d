internal import VCIFormat
package import VCIReference

extension Loss {
  /// The blocks of the disk that are lost.
  package var blocks: Range<UInt64> {
    let (end, overflow) = offset.rawValue.addingReportingOverflow(count.rawValue)
    return offset.rawValue..<(overflow ? .max : end)
  }
}
