//! Checking that the dependencies between a job's tasks can be followed: no task twice, no circle.

/// What is wrong with the dependencies; tasks by their 1-based index.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum GraphFault {
    /// The first depends on the second more than once.
    Twice(u32, u32),
    /// The task depends on itself, directly or through others.
    Circle(u32),
}

/// Sorts each task's dependencies (all within `1..=tasks.len()`) and checks them.
pub(super) fn check(tasks: &mut [Vec<u32>]) -> Result<(), GraphFault> {
    let mut looks_back = true;
    for (task, index) in tasks.iter_mut().zip(1_u32..) {
        task.sort_unstable();
        if let Some([twice, _]) = task.array_windows().find(|[a, b]| a == b) {
            return Err(GraphFault::Twice(index, *twice));
        }
        looks_back &= task.last().is_none_or(|last| *last < index);
    }
    // Nearly all scripts add a task after those it depends on: then there is no way forward to close a circle.
    if looks_back {
        return Ok(());
    }
    find_circle(tasks)
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Mark {
    Unseen,
    Open,
    Done,
}

/// Depth first along the dependencies, without recursion: a chain may be as long as the job.
fn find_circle(tasks: &[Vec<u32>]) -> Result<(), GraphFault> {
    let mut marks = vec![Mark::Unseen; tasks.len() + 1];
    for (start, _) in (1_u32..).zip(tasks) {
        let mut path = vec![(start, 0)];
        while let Some((task, step)) = path.last_mut() {
            let (Some(mark), Some(dependencies)) =
                (marks.get_mut(*task as usize), tasks.get(*task as usize - 1))
            else {
                break;
            };
            match (*mark, *step) {
                (Mark::Done, _) => {
                    path.pop();
                }
                (Mark::Open, 0) => return Err(GraphFault::Circle(*task)),
                _ => match dependencies.get(*step) {
                    Some(next) => {
                        *mark = Mark::Open;
                        *step += 1;
                        path.push((*next, 0));
                    }
                    None => *mark = Mark::Done,
                },
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn checked(tasks: &[&[u32]]) -> Result<Vec<Vec<u32>>, GraphFault> {
        let mut tasks: Vec<Vec<u32>> = tasks.iter().map(|list| list.to_vec()).collect();
        check(&mut tasks).map(|()| tasks)
    }

    #[test]
    fn dependencies_are_sorted() {
        assert_eq!(
            checked(&[&[], &[], &[2, 1]]),
            Ok(vec![vec![], vec![], vec![1, 2]])
        );
        assert_eq!(
            checked(&[&[3, 2], &[3], &[]]),
            Ok(vec![vec![2, 3], vec![3], vec![]])
        );
        assert_eq!(checked(&[]), Ok(vec![]));
    }

    #[test]
    fn a_dependency_given_twice_is_found() {
        assert_eq!(
            checked(&[&[], &[], &[2, 1, 2]]),
            Err(GraphFault::Twice(3, 2))
        );
    }

    #[test]
    fn circles_are_found() {
        assert_eq!(checked(&[&[1]]), Err(GraphFault::Circle(1)));
        assert!(matches!(
            checked(&[&[3], &[1], &[2]]),
            Err(GraphFault::Circle(_))
        ));
        assert!(matches!(
            checked(&[&[], &[1, 4], &[2], &[3]]),
            Err(GraphFault::Circle(2..=4))
        ));
    }

    #[test]
    fn a_diamond_is_no_circle() {
        assert!(checked(&[&[2, 3], &[4], &[4], &[]]).is_ok());
    }

    #[test]
    fn a_chain_may_be_as_long_as_a_job() {
        let length = 1_000_000_u32;
        let mut tasks: Vec<Vec<u32>> = (1..=length)
            .map(|index| {
                if index == length {
                    vec![]
                } else {
                    vec![index + 1]
                }
            })
            .collect();
        assert_eq!(check(&mut tasks), Ok(()));
    }

    proptest! {
        #[test]
        fn a_graph_that_is_taken_can_be_worked_off(edges in prop::collection::vec((1..12_u32, 1..12_u32), 0..20)) {
            let mut tasks = vec![Vec::new(); 11];
            for (task, on) in edges {
                if !tasks[task as usize - 1].contains(&on) {
                    tasks[task as usize - 1].push(on);
                }
            }
            let taken = check(&mut tasks).is_ok();
            let mut done = [false; 12];
            for _ in 0..12 {
                for (task, index) in tasks.iter().zip(1_usize..) {
                    done[index] |= task.iter().all(|on| done[*on as usize]);
                }
            }
            prop_assert_eq!(taken, done[1..].iter().all(|done| *done));
        }
    }
}
