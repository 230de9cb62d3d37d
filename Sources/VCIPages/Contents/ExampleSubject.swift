/// What the test of a failure is about, by its name.
enum ExampleSubject: Hashable, Sendable {
  case image, workload, crash, contract

  init(ofTest name: String) {
    self =
      switch name.split(separator: "/").first {
      case "workload", "exchange", "turns": .workload
      case "crash": .crash
      case "contract": .contract
      default: .image
      }
  }

  var title: String {
    switch self {
    case .image: "The image"
    case .workload: "The workload"
    case .crash: "The workload before the crash"
    case .contract: "The contract"
    }
  }

  /// The image of which there are ribbons.
  var pictured: String {
    switch self {
    case .image, .contract: "The image"
    case .workload: "The image that these steps leave"
    case .crash: "The image that the crash leaves"
    }
  }
}
