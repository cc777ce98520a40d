//! The solids of which furniture is made, and where a ray meets them.

use super::material::Material;
use super::pattern::Pattern;
use super::vector::{Point, Turn, dot, minus, turned, turned_back};

/// A ray; `origin + t · along`. A camera's rays advance one metre along the optical axis per unit of `t`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ray {
    /// Where it starts.
    pub(super) origin: Point,
    /// Where it goes.
    pub(super) along: Point,
    /// One over each part of `along`.
    inverse: Point,
}

impl Ray {
    /// A ray from a point.
    pub(super) fn new(origin: Point, along: Point) -> Self {
        Self { origin, along, inverse: along.map(|part| 1.0 / part) }
    }

    /// Whether it passes through an upright box before `limit`.
    pub(super) fn crosses(&self, low: Point, high: Point, limit: f32) -> bool {
        let (mut enter, mut leave) = (0f32, limit);
        for i in 0..3 {
            let (a, b) = ((low[i] - self.origin[i]) * self.inverse[i], (high[i] - self.origin[i]) * self.inverse[i]);
            enter = enter.max(a.min(b));
            leave = leave.min(a.max(b));
        }
        enter <= leave
    }

    /// The point at `t`.
    pub(super) fn at(&self, t: f32) -> Point {
        std::array::from_fn(|i| self.origin[i] + t * self.along[i])
    }
}

/// Where a ray meets a surface.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit<'a> {
    /// How far along the ray.
    pub(super) t: f32,
    /// Away from the surface, of length 1.
    pub(super) normal: Point,
    /// Place on the surface, in metres.
    pub(super) on: [f32; 2],
    /// Its material.
    pub(super) material: &'a Material,
}

/// A form around its own centre.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// A box with these half sizes.
    Block(Point),
    /// An upright cylinder: radius and half height.
    Drum(f32, f32),
    /// A ball of a radius.
    Ball(f32),
}

/// A form at a place, turned about the vertical.
#[derive(Clone, Copy, Debug)]
pub(super) struct Solid {
    /// Its form.
    pub(super) form: Form,
    /// Its centre.
    pub(super) centre: Point,
    /// Its turn.
    pub(super) turn: Turn,
    /// Its surface.
    pub(super) material: Material,
}

impl Solid {
    /// Half sizes of the upright box that holds the solid.
    pub(super) fn reach(&self) -> Point {
        match self.form {
            Form::Block([x, y, z]) => {
                let [cos, sin] = self.turn.map(f32::abs);
                [cos * x + sin * z, y, sin * x + cos * z]
            }
            Form::Drum(radius, half) => [radius, half, radius],
            Form::Ball(radius) => [radius; 3],
        }
    }

    /// Square of the radius of the ball that holds the solid.
    fn radius_squared(&self) -> f32 {
        match self.form {
            Form::Block(half) => dot(half, half),
            Form::Drum(radius, half) => radius * radius + half * half,
            Form::Ball(radius) => radius * radius,
        }
    }

    /// Where a ray from outside enters, as seen by the solid: distance, normal.
    fn entry(&self, ray: &Ray) -> Option<(f32, Point)> {
        let origin = minus(ray.origin, self.centre);
        let (square, along) = (dot(ray.along, ray.along), dot(origin, ray.along));
        // A ball around it settles most rays at little cost.
        if (dot(origin, origin) - self.radius_squared()) * square > along * along {
            return None;
        }
        let origin = turned_back(origin, self.turn);
        let along = turned_back(ray.along, self.turn);
        match self.form {
            Form::Block(half) => block(origin, along, half),
            Form::Drum(radius, half) => drum(origin, along, radius, half),
            Form::Ball(radius) => {
                let (enter, _) = roots(dot(along, along), dot(origin, along), dot(origin, origin) - radius * radius)?;
                Some((enter, std::array::from_fn(|i| (origin[i] + enter * along[i]) / radius)))
            }
        }
    }

    /// How far along the ray it enters, if it does so in front of its origin.
    pub(super) fn distance(&self, ray: &Ray) -> Option<f32> {
        self.entry(ray).map(|(t, _)| t).filter(|&t| t > 0.0)
    }

    /// The hit, if the ray enters between its origin and `limit`.
    pub(super) fn hit(&self, ray: &Ray, limit: f32) -> Option<Hit<'_>> {
        let (t, normal) = self.entry(ray).filter(|&(t, _)| t > 0.0 && t < limit)?;
        let place = turned_back(minus(ray.at(t), self.centre), self.turn);
        let on = self.surface(place, normal);
        Some(Hit { t, normal: turned(normal, self.turn), on, material: &self.material })
    }

    /// Coordinates on the surface; grain runs along the longer side of a board.
    fn surface(&self, [x, y, z]: Point, normal: Point) -> [f32; 2] {
        let (Form::Block([a, b, c]), [across, up, _]) = (self.form, normal.map(|n| n.abs() > 0.5)) else {
            let ([radius, ..], angle) = (self.reach(), normal[0].atan2(normal[2]));
            return if normal[1].abs() > 0.99 { [x, z] } else { [angle * radius, y] };
        };
        let (on, half) = match (across, up) {
            (true, _) => ([z, y], [c, b]),
            (_, true) => ([x, z], [a, c]),
            _ => ([x, y], [a, b]),
        };
        let upright = self.material.pattern == Pattern::Wood && half[1] > half[0];
        if upright { [on[1], on[0]] } else { on }
    }
}

/// Entry into a box around the origin.
fn block(origin: Point, along: Point, half: Point) -> Option<(f32, Point)> {
    let (mut enter, mut leave, mut axis) = (f32::NEG_INFINITY, f32::INFINITY, 0);
    for i in 0..3 {
        let (a, b) = ((-half[i] - origin[i]) / along[i], (half[i] - origin[i]) / along[i]);
        if a.min(b) > enter {
            (enter, axis) = (a.min(b), i);
        }
        leave = leave.min(a.max(b));
    }
    let mut normal = [0.0; 3];
    normal[axis] = -along[axis].signum();
    (enter < leave).then_some((enter, normal))
}

/// Entry into an upright cylinder around the origin.
fn drum(origin: Point, along: Point, radius: f32, half: f32) -> Option<(f32, Point)> {
    let flat = |a: Point, b: Point| a[0] * b[0] + a[2] * b[2];
    let c = flat(origin, origin) - radius * radius;
    let (side, out) = roots(flat(along, along), flat(origin, along), c)?;
    let (a, b) = ((-half - origin[1]) / along[1], (half - origin[1]) / along[1]);
    let (cap, enter) = (a.min(b), side.max(a.min(b)));
    if enter >= out.min(a.max(b)) {
        return None;
    }
    let place = |i: usize| (origin[i] + enter * along[i]) / radius;
    let normal = if cap > side { [0.0, -along[1].signum(), 0.0] } else { [place(0), 0.0, place(2)] };
    Some((enter, normal))
}

/// Roots of `a t² + 2 b t + c`.
fn roots(a: f32, b: f32, c: f32) -> Option<(f32, f32)> {
    let inside = b * b - a * c;
    (inside > 0.0).then(|| ((-b - inside.sqrt()) / a, (-b + inside.sqrt()) / a))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rooms::dice::Dice;
    use crate::rooms::vector::turn;

    #[test]
    fn rays_meet_solids_where_a_drawing_on_paper_says() {
        let material = Material::white(&mut Dice::new(&[0]));
        let solid = |form, angle| Solid { form, centre: [0.0, 0.0, 5.0], turn: turn(angle), material };
        let ray = Ray::new([0.0; 3], [0.0, 0.0, 1.0]);
        let meets = |form, angle: f32, expected: f32| {
            let solid = solid(form, angle);
            let hit = solid.hit(&ray, 100.0).expect("a hit");
            assert!((hit.t - expected).abs() < 1e-4, "{form:?}: {}", hit.t);
            assert!((dot(hit.normal, hit.normal) - 1.0).abs() < 1e-4 && hit.normal[2] < 0.0);
        };
        meets(Form::Block([3.0, 2.0, 1.0]), 0.0, 4.0);
        meets(Form::Block([3.0, 2.0, 1.0]), 90f32.to_radians(), 2.0);
        // Turned by 30 degrees, the face one metre off lies 1 / cos 30 away.
        meets(Form::Block([9.0, 2.0, 1.0]), 30f32.to_radians(), 5.0 - 1.154_700_5);
        meets(Form::Drum(1.5, 0.1), 1.0, 3.5);
        meets(Form::Ball(0.25), 0.0, 4.75);
        assert!(solid(Form::Ball(0.25), 0.0).hit(&ray, 4.0).is_none());
        let steep = Ray::new([0.0, 3.0, 4.5], [0.0, -1.0, 0.1]);
        // Onto the cap at height 1, after 2 m.
        assert!((solid(Form::Drum(1.0, 1.0), 0.0).distance(&steep).expect("a hit") - 2.0).abs() < 1e-4);
    }
}
