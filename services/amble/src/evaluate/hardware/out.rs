//! Which of many are taken out. Who takes out more takes out the same, and more.

use std::collections::BTreeSet;

use amble_proto::plan::Point2;

/// 2⁶⁴ over the golden ratio: its multiples spread over the whole range as evenly as any number's do, however
/// many are taken (multiplicative hashing: D. E. Knuth, The Art of Computer Programming, vol. 3, 6.4).
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Of `count` in a row: `out` at about equal distances, by their number from 0.
pub(super) fn in_a_row(count: usize, out: usize) -> BTreeSet<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|&at| (at as u64 + 1).wrapping_mul(GOLDEN));
    order.into_iter().take(out).collect()
}

/// Of those at these places: `out` that have others near, by their number from 0. The first stays longest, and
/// then always the one that is farthest from all that stay; of several the first.
pub(super) fn on_the_floor(places: &[Point2], out: usize) -> BTreeSet<usize> {
    let mut gone: BTreeSet<usize> = (0..places.len()).collect();
    let mut far = vec![f64::INFINITY; places.len()];
    while gone.len() > out {
        let nearer = |a: &usize, b: &usize| far[*a].total_cmp(&far[*b]).then(b.cmp(a));
        let Some(stays) = gone.iter().copied().max_by(nearer) else {
            break;
        };
        gone.remove(&stays);
        for (far, place) in far.iter_mut().zip(places) {
            let [x, y] = [0, 1].map(|axis| place[axis] - places[stays][axis]);
            *far = far.min(x.hypot(y));
        }
    }
    gone
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn of_two_that_see_the_same_one_goes_first_and_corners_stay_longest() {
        let places = [[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [2.0, 0.0]];
        assert_eq!(on_the_floor(&places, 2), [1, 4].into());
        assert_eq!(on_the_floor(&places, 3), [1, 2, 4].into());
    }

    proptest! {
        #[test]
        fn who_takes_out_more_takes_out_the_same_and_more(
            places in proptest::collection::vec([0.0..9.0_f64, 0.0..9.0], 1..40),
            most in 1..40_usize,
        ) {
            let (count, most) = (places.len(), most.min(places.len()));
            for all in [in_a_row(count, most), on_the_floor(&places, most)] {
                prop_assert_eq!(all.len(), most);
            }
            prop_assert!(in_a_row(count, most - 1).is_subset(&in_a_row(count, most)));
            prop_assert!(on_the_floor(&places, most - 1).is_subset(&on_the_floor(&places, most)));
        }

        #[test]
        fn no_stretch_of_a_row_loses_much_more_than_its_share(
            count in 40..500_usize,
            share in 1..10_usize,
            from in 0..400_usize,
        ) {
            let gone = in_a_row(count, count * share / 10);
            let stretch = from.min(count - 20);
            let here = gone.range(stretch..stretch + 20).count();
            prop_assert!(here.abs_diff(2 * share) <= 3, "{} of 20 where {} were to go", here, 2 * share);
        }
    }
}
