import Testing
import VCIFormat

struct `The faults that can be planted` {
  @Test
  func `do in the checker what the original program does with bits, counters and trees`() {
    let names = Fault.allCases.map(\.rawValue)
    #expect(
      names.filter { $0.hasPrefix("checker/") } == [
        "checker/F-19", "checker/F-20", "checker/F-21", "checker/F-22", "checker/F-23",
        "checker/F-27", "checker/F-30", "checker/F-31", "checker/F-32", "checker/F-33",
        "checker/F-34",
      ])
  }

  @Test
  func `do in the reference what the original program does, from creation to writing`() {
    let names = Fault.allCases.map(\.rawValue)
    #expect(
      names.filter { $0.hasPrefix("reference/F-") } == [
        "reference/F-01", "reference/F-02", "reference/F-03", "reference/F-04", "reference/F-05",
        "reference/F-06", "reference/F-07", "reference/F-08", "reference/F-09", "reference/F-10",
        "reference/F-11", "reference/F-12", "reference/F-13", "reference/F-14", "reference/F-15",
        "reference/F-16", "reference/F-17", "reference/F-18", "reference/F-24", "reference/F-25",
        "reference/F-26", "reference/F-27", "reference/F-28", "reference/F-29", "reference/F-30",
        "reference/F-31", "reference/F-32", "reference/F-33", "reference/F-34", "reference/F-35",
        "reference/F-36", "reference/F-37", "reference/F-38", "reference/F-39", "reference/F-40",
        "reference/F-41", "reference/F-42", "reference/F-43", "reference/F-44", "reference/F-45",
        "reference/F-46", "reference/F-47", "reference/F-48", "reference/F-49",
      ])
  }

  @Test
  func `do in the reference what a writer can do in the wrong order`() {
    let names = Fault.allCases.map(\.rawValue)
    #expect(
      names.filter { $0.hasPrefix("reference/order-") } == [
        "reference/order-no-flush-before-root", "reference/order-root-before-nodes",
        "reference/order-reuse-before-durable", "reference/order-flag-cleared-early",
        "reference/order-flag-set-late", "reference/order-bitmap-trusted",
        "reference/order-length-trusted",
      ])
  }

  #if !VCI_FAULTS
    @Test
    func `are never planted in an ordinary build`() {
      #expect(Fault.allCases.filter(\.isPlanted).isEmpty)
    }
  #endif
}
