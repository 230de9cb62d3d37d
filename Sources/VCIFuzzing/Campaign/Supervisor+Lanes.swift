internal import Glibc
internal import SystemPackage

extension Supervisor {
  /// How many processes may end in a row without an iteration done: in one, where whoever kills jobs now
  /// and then must not hit a long one each time, and between two.
  private static let (killLimit, deathLimit) = (100, 20)
  /// How many iterations are left out at most.
  private static let leftOutLimit = 16

  /// Starts a process for what the lane has to do; where there is none to be had, later.
  mutating func startProcess(_ lane: Int) {
    if case .run = lanes[lane].work { board.clearCurrent(of: lane) }
    let (job, work) = (Job(campaign: campaign, corpus: corpus), lanes[lane].work)
    lanes[lane].isFresh = true
    lanes[lane].isStuck = false
    lanes[lane].seen = (nil, 0)
    do throws(Errno) {
      lanes[lane].process = try JobProcess(on: board, lane: lane) { link in
        switch work {
        case .run, .stored: try job.run(link)
        case .store(let iteration, let kind, let detail):
          try job.store(iteration, kind: kind, detail: detail, link)
        }
      }
    } catch {
      countDeath(lane, "no process can be started: \(error)")
    }
  }

  /// Hears what the lane's process has to tell, and sees whether it ended.
  mutating func attend(_ lane: Int) {
    guard let process = lanes[lane].process else { return }
    // What it told before its end is there once it has ended.
    let ending = process.ending()
    for message in lanes[lane].process?.newMessages() ?? [] {
      switch message {
      case .ready: deal(to: lane)
      case .found(let found):
        for gone in shelf.put(found) {
          campaign.artifacts.remove(gone.iteration, campaign.seed, gone.number)
        }
        if case .store(let iteration, _, _) = lanes[lane].work {
          board.skip(iteration, in: lane)
          lanes[lane].work = .stored
        }
      }
    }
    guard let ending else { return }
    let reason = lanes[lane].process?.reason(ending) ?? ending.text
    lanes[lane].process?.close()
    lanes[lane].process = nil
    ended(lane, ending, reason)
  }

  /// Gives the lane's process something to run; first what is left of what an earlier one was given.
  private mutating func deal(to lane: Int) {
    defer { lanes[lane].isFresh = false }
    let rest = lanes[lane].isFresh ? rest(of: lane) : nil
    let range = rest ?? dealer.deal()
    lanes[lane].held = range
    lanes[lane].process?.give(range)
  }

  /// What is left of what the lane was given; `nil` if that is nothing.
  private func rest(of lane: Int) -> Range<UInt64>? {
    lanes[lane].held.map { board.rest(of: $0, in: lane) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// What becomes of a lane whose process ended.
  private mutating func ended(_ lane: Int, _ ending: JobProcess.Ending, _ reason: String) {
    let isStopping = board.isStopped
    if case .stored = lanes[lane].work {
      lanes[lane].work = .run
    } else if case .store(let iteration, let kind, let detail) = lanes[lane].work {
      // A case that cannot be made is no reason not to tell of the finding.
      guard ending.isOwnFault || isStopping || lanes[lane].isStuck else {
        return countDeath(lane, reason)
      }
      note(iteration, kind, detail, unstored: "storing it ended the process: \(reason)", lane)
    } else if let iteration = board.current(of: lane), lanes[lane].isStuck || ending.isOwnFault {
      let kind = lanes[lane].isStuck ? DiscrepancyKind.stuck : .trapped
      lanes[lane].work = .store(iteration, kind, reason)
      lanes[lane].pause = 0
      return startProcess(lane)
    } else if !isStopping, !ending.isSuccess || lanes[lane].held != nil {
      return countDeath(lane, reason)
    }
    if isStopping || lanes[lane].held == nil {
      lanes[lane].state = .ended
    } else {
      startProcess(lane)
    }
  }

  /// Keeps a finding whose case is not stored, and goes on behind it.
  private mutating func note(
    _ iteration: UInt64, _ kind: DiscrepancyKind, _ detail: String, unstored reason: String,
    _ lane: Int
  ) {
    let finding = Artifact.Finding(kind: kind, rule: nil, detail: detail)
    _ = shelf.put(
      FoundCase(iteration: iteration, findings: [finding], storing: .failed(reason)))
    board.skip(iteration, in: lane)
    lanes[lane].work = .run
  }

  /// Tries the lane again after an end that lies in no iteration, until that was too often.
  ///
  /// Whoever kills jobs is no finding. An iteration in which they are killed time and again is left
  /// out, and told of; a lane whose processes do not even begin one is given up, and others have its
  /// iterations.
  private mutating func countDeath(_ lane: Int, _ reason: String) {
    lastReason = reason
    let iterations = board.iterations(of: lane)
    let before = lanes[lane].deaths
    let count = iterations > before.iterations ? 1 : before.count + 1
    lanes[lane].deaths = (count, iterations)
    if case .run = lanes[lane].work, let iteration = board.current(of: lane) {
      guard count >= Self.killLimit else { return startProcess(lane) }
      guard leftOut.count < Self.leftOutLimit else { return giveUp(lane) }
      leftOut.append(iteration)
      board.leave(iteration, in: lane)
      lanes[lane].deaths.count = 0
      return startProcess(lane)
    }
    guard count < Self.deathLimit else { return giveUp(lane) }
    // The first tries are made at once, later ones after up to half a second.
    lanes[lane].pause = min(5, count / 4)
    if lanes[lane].pause == 0 { startProcess(lane) }
  }

  /// Leaves the rest of what the lane has to others.
  private mutating func giveUp(_ lane: Int) {
    if case .store(let iteration, let kind, let detail) = lanes[lane].work {
      note(iteration, kind, detail, unstored: "no process to store it lives long enough", lane)
    }
    board.clearCurrent(of: lane)
    if let rest = rest(of: lane) { dealer.takeBack(rest) }
    lanes[lane].held = nil
    lanes[lane].state = .givenUp
    // Those that found nothing left to do have something to do again.
    for other in lanes.indices where lanes[other].state == .ended {
      lanes[other].state = .open
      lanes[other].pause = 0
    }
  }
}
