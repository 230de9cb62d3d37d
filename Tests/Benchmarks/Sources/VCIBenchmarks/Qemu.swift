/// `qemu-img check`, a checker of another format that does much the same work.
enum Qemu {
  /// How much memory its caches of tables may take.
  struct Cache {
    let name: String
    let options: String
  }

  static let caches = [
    Cache(name: "qemu-img check", options: ""),
    Cache(
      name: "qemu-img check, 64 MiB",
      options: ",l2-cache-size=64M,refcount-cache-size=64M"),
  ]

  /// Whether the programs are there that make and check its images.
  static func isThere() -> Bool {
    ["qemu-img", "python3"].allSatisfy { program in
      (try? ChildProcess(running: program, ["--version"]))?.exitCode == 0
    }
  }

  /// Writes a new qcow2 image.
  static func make(_ shape: TreeImage.Shape, clusters: Int, at path: String) throws {
    let sources = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    try expectSuccess("python3", ["/\(sources)/make-qcow2", shape.rawValue, "\(clusters)", path])
  }

  /// Checks an image; time and memory are those of the whole process.
  static func check(
    _ path: String, _ cache: Cache
  ) throws -> (check: TimedCheck, peakMemory: Int) {
    let child = try expectSuccess(
      "qemu-img",
      ["check", "--image-opts", "driver=qcow2,file.filename=\(path)\(cache.options)"])
    guard child.output.contains("No errors were found") else {
      throw Failure("qemu-img check: \(child.output)")
    }
    return (TimedCheck(child, verdict: "clean"), child.peakMemory)
  }
}

extension TimedCheck {
  /// A check that took a whole process.
  init(_ child: ChildProcess, verdict: String) {
    self.init(
      processorTime: child.processorTime, time: child.time, mappedMemory: 0, verdict: verdict)
  }

  init(processorTime: Double, time: Double, mappedMemory: Int, verdict: String) {
    self.processorTime = processorTime
    self.time = time
    self.mappedMemory = mappedMemory
    self.verdict = verdict
  }
}
