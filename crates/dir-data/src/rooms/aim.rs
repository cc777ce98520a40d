//! Choosing a view that a depth camera could have taken: nothing too near, nothing out of its range.

use super::camera::{Camera, middles};
use super::dice::Dice;
use super::room::Room;

/// Nearest and farthest depth a view may hold, in metres.
pub(super) const RANGE: [f32; 2] = [0.7, 9.95];
/// Rounds before the room counts as too full.
const ROUNDS: usize = 60;
/// Most cameras tried in a round; the best of them is taken.
const MOST: usize = 16;
/// Size of the picture on which a view is judged first.
const GLANCE: (usize, usize) = (20, 15);
/// Distance from the camera to furniture.
const CLEAR: f32 = 0.15;

/// A camera and the depths it sees; none if the room leaves no place for one.
pub(super) fn aim(room: &Room, width: usize, height: usize, dice: &mut Dice) -> Option<(Camera, Vec<f32>)> {
    (0..ROUNDS).find_map(|_| {
        // People look about before they take a picture, some longer than others.
        let tries = dice.count(2, MOST);
        let seen = (0..tries).filter_map(|_| {
            let camera = Camera::random(room, dice);
            Some((promise(room, &camera)?, camera))
        });
        let (_, camera) = seen.max_by(|a, b| a.0.total_cmp(&b.0))?;
        let depth = camera.depth(room, width, height);
        in_range(&depth, RANGE).then_some((camera, depth))
    })
}

fn in_range(depth: &[f32], [low, high]: [f32; 2]) -> bool {
    depth.iter().all(|d| (low..=high).contains(d))
}

/// How much there is to see, from a small picture; none out of range.
///
/// The size of that picture is fixed, so that a view is mostly the same at every size.
fn promise(room: &Room, camera: &Camera) -> Option<f32> {
    if room.occupied(camera.at(), CLEAR) {
        return None;
    }
    let seen = middles(GLANCE.0, GLANCE.1).map(|middle| room.depth(&camera.ray(middle, GLANCE.0, GLANCE.1)));
    let (mut depth, furniture): (Vec<f32>, Vec<bool>) = seen.unzip();
    let furnished = furniture.iter().filter(|&&is| is).count() as f32 / furniture.len() as f32;
    depth.sort_by(f32::total_cmp);
    let at = |share: f32| depth[((depth.len() - 1) as f32 * share) as usize];
    // A view of a wall promises little, one along the room more; furniture adds to both unless it fills the picture.
    let score = (at(0.9) / at(0.1)).ln() + 0.25 * at(0.5) + 1.5 * furnished.min(0.5);
    in_range(&depth, [RANGE[0] + 0.03, RANGE[1] - 0.05]).then_some(score)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::material::Material;
    use crate::rooms::piece::Piece;

    #[test]
    fn a_room_too_full_to_stand_in_gives_no_view() {
        let mut dice = Dice::new(&[4]);
        let mut room = Room::empty([3.0, 2.5, 4.0], false, &mut dice);
        assert!(aim(&room, 16, 12, &mut dice).is_some());
        let mut piece = Piece::default();
        piece.block([2.9, 2.4, 3.9], [1.5, 0.0, 2.0], Material::white(&mut dice));
        room.pieces.push(piece);
        assert!(aim(&room, 16, 12, &mut dice).is_none());
    }

    #[test]
    fn from_the_middle_of_an_empty_room_everything_is_in_range() {
        let mut dice = Dice::new(&[5]);
        for (size, picture) in [([2.5, 2.4, 2.5], (40, 30)), ([11.0, 3.2, 12.0], (40, 30)), ([11.0, 2.4, 2.5], (9, 40))]
        {
            let room = Room::empty(size, false, &mut dice);
            for _ in 0..20 {
                let depth = Camera::central(&room, &mut dice).depth(&room, picture.0, picture.1);
                assert!(in_range(&depth, RANGE), "{size:?}");
            }
        }
    }
}
