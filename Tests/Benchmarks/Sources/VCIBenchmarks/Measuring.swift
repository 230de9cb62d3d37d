import Glibc

/// The processor time of this process so far, in seconds.
func processorTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// The time since some moment, in seconds.
func wallTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// The value in the middle.
func median(_ values: [Double]) -> Double {
  values.sorted()[values.count / 2]
}

/// How long one call of each action takes, in seconds: medians of 31 rounds, in each of which the
/// actions take turns of 2 ms or more.
func mediansInTurns(_ actions: [() throws -> Void]) throws -> [Double] {
  var counts: [Int] = []
  for action in actions {
    var count = 1
    while try seconds(action, count) < 0.002 { count *= 2 }
    counts.append(count)
  }
  var times = [[Double]](repeating: [], count: actions.count)
  for _ in 0..<31 {
    for (index, action) in actions.enumerated() {
      times[index].append(try seconds(action, counts[index]) / Double(counts[index]))
    }
  }
  return times.map(median)
}

private func seconds(_ action: () throws -> Void, _ count: Int) throws -> Double {
  let start = processorTime()
  for _ in 0..<count { try action() }
  return processorTime() - start
}
