internal import Glibc
internal import Synchronization
internal import VCIFormat

/// A line on standard error that says how far long work is; it is shown only on a terminal, and
/// only once the work has taken a second.
///
/// The clock decides when the line is drawn, and nothing else.
public final class ProgressLine: Sendable {
  private let start = ContinuousClock.now
  private let isTerminal = ProgressLine.canBeDrawn
  /// When it was drawn last, and whether it still is there.
  private let state = Mutex<(drawn: ContinuousClock.Instant?, isShown: Bool)>((nil, false))

  private static let delay = Duration.seconds(1)
  private static let pause = Duration.milliseconds(100)

  /// Makes the line for work that begins now.
  public init() {}

  /// Shows `text` in place of what was shown before, ten times in a second at most.
  public func show(_ text: @autoclosure () -> String) {
    guard isTerminal else { return }
    let now = ContinuousClock.now
    let isDue = state.withLock { state in
      guard now - start > Self.delay, state.drawn.map({ now - $0 >= Self.pause }) ?? true else {
        return false
      }
      state = (now, true)
      return true
    }
    if isDue { draw(text()) }
  }

  /// Shows `text` at once, however short the work has taken so far.
  public func announce(_ text: @autoclosure () -> String) {
    guard isTerminal else { return }
    state.withLock { $0 = (ContinuousClock.now, true) }
    draw(text())
  }

  private func draw(_ text: String) {
    Output.put("\r\u{1b}[K" + PrintableText(text).description.prefix(Self.columns - 1))
  }

  /// Takes the line away.
  public func clear() {
    let isShown = state.withLock { state in
      defer { state.isShown = false }
      return state.isShown
    }
    if isShown { Output.put("\r\u{1b}[K") }
  }

  /// The time since the work began.
  public var elapsed: Duration { ContinuousClock.now - start }

  /// Whether standard error is a terminal that can take a line away again.
  private static var canBeDrawn: Bool {
    let terminal = unsafe getenv("TERM").map { unsafe String(cString: $0) }
    return isatty(STDERR_FILENO) == 1 && terminal != "dumb"
  }

  /// How wide the terminal is; a longer line could not be taken away.
  private static var columns: Int {
    var size = winsize()
    guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else {
      return 80
    }
    return Int(size.ws_col)
  }
}
