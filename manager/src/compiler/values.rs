//! Taking values out of the engine: from JavaScript to JSON, as the reference stores them.
//!
//! Nothing becomes `null`, a number without a fraction becomes an integer, a `Set` a list, a `Date` its text. What has no
//! meaning outside of the script, such as a function, is refused. The values are counted on their way: a script can
//! share one large value among many tasks, here each gets its own.

use rquickjs::{Array, Function, Object, Type, Value};
use serde_json::{Map, Number, Value as Json};

use super::session::{Failure, Session};

/// Deeper values are taken for endless ones.
const DEEPEST: usize = 64;

/// What a value costs beside its text, roughly.
const PER_VALUE: usize = 48;

/// The largest integer up to which every integer is a JavaScript number.
const LARGEST_INTEGER: f64 = 9_007_199_254_740_992.0;

/// Takes values out of one script.
pub(super) struct Taker<'a, 'js> {
    session: &'a Session<'js>,
    plain: Function<'js>,
    ordinary: Value<'js>,
    left: usize,
}

impl<'a, 'js> Taker<'a, 'js> {
    /// Takes values of at most so many bytes altogether.
    pub(super) fn new(session: &'a Session<'js>, most: usize) -> Result<Self, Failure> {
        Ok(Self {
            session,
            plain: session.function("plain")?,
            ordinary: session.check(session.ctx.eval("Object.prototype"))?,
            left: most,
        })
    }

    /// Counts what is taken without being a value of a script.
    pub(super) fn count(&mut self, bytes: usize) -> Result<(), Failure> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(Failure::TooLarge(
                "its tasks have too much text in them".to_owned(),
            )),
        }
    }

    /// A member of an object, by JavaScript's rules of conversion.
    pub(super) fn text(&mut self, object: &Object<'js>, name: &str) -> Result<String, Failure> {
        let value: Value<'js> = self.session.check(object.get(name))?;
        if value.is_undefined() || value.is_null() {
            return Ok(String::new());
        }
        let text: rquickjs::Coerced<String> = self.session.check(value.get())?;
        self.count(text.len())?;
        Ok(text.0)
    }

    /// A member of an object as a whole number; what is none is 0.
    pub(super) fn int(&self, object: &Object<'js>, name: &str) -> Result<i32, Failure> {
        let value: Value<'js> = self.session.check(object.get(name))?;
        let number: rquickjs::Coerced<f64> = self.session.check(value.get())?;
        let within = number.clamp(f64::from(i32::MIN), f64::from(i32::MAX));
        #[expect(
            clippy::cast_possible_truncation,
            reason = "within the range; what is no number becomes 0"
        )]
        Ok(within as i32)
    }

    /// A member of an object as a yes or no, by JavaScript's rules of truth.
    pub(super) fn flag(&self, object: &Object<'js>, name: &str) -> Result<bool, Failure> {
        let value: Value<'js> = self.session.check(object.get(name))?;
        let flag: rquickjs::Coerced<bool> = self.session.check(value.get())?;
        Ok(flag.0)
    }

    /// The members of an object; none for nothing.
    pub(super) fn members(&mut self, value: &Value<'js>) -> Result<Map<String, Json>, Failure> {
        match self.json(value, 0)? {
            Json::Null => Ok(Map::new()),
            Json::Object(members) => Ok(members),
            Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => {
                Err(Failure::Thrown("an object is needed here".to_owned()))
            }
        }
    }

    /// Any value.
    pub(super) fn json(&mut self, value: &Value<'js>, depth: usize) -> Result<Json, Failure> {
        self.count(PER_VALUE)?;
        if depth > DEEPEST {
            return Err(Failure::Thrown(
                "a value is nested too deeply, or contains itself".to_owned(),
            ));
        }
        match value.type_of() {
            Type::Uninitialized | Type::Undefined | Type::Null => Ok(Json::Null),
            Type::Bool => Ok(Json::from(value.as_bool())),
            Type::Int => Ok(Json::from(value.as_int())),
            Type::Float => number(value.as_float().unwrap_or(f64::NAN)),
            Type::String => {
                let text: String = self.session.check(value.get())?;
                self.count(text.len())?;
                Ok(Json::String(text))
            }
            Type::Array => {
                let array: Array<'js> = self.session.check(value.get())?;
                self.list(&array, depth)
            }
            Type::Object | Type::Exception | Type::Proxy => {
                let object: Object<'js> = self.session.check(value.get())?;
                self.object(&object, depth)
            }
            other @ (Type::Symbol
            | Type::Constructor
            | Type::Function
            | Type::Promise
            | Type::Module
            | Type::BigInt
            | Type::Unknown) => Err(Failure::Thrown(format!(
                "a value of type {} cannot be stored",
                other.as_str().to_lowercase()
            ))),
        }
    }

    fn list(&mut self, array: &Array<'js>, depth: usize) -> Result<Json, Failure> {
        // Counted before anything is allocated: an array's length is only a number.
        let length = self.session.length(array)? as usize;
        self.count(length.saturating_mul(PER_VALUE))?;
        let mut items = Vec::with_capacity(length);
        for item in self.session.items(array)? {
            items.push(self.json(&item?, depth + 1)?);
        }
        Ok(Json::Array(items))
    }

    fn object(&mut self, object: &Object<'js>, depth: usize) -> Result<Json, Failure> {
        let is_ordinary = !object.is_proxy()
            && object
                .get_prototype()
                .is_none_or(|prototype| *prototype.as_value() == self.ordinary);
        if !is_ordinary {
            self.session.still_within_budget()?;
            let plain: Value<'js> = self.session.check(self.plain.call((object.clone(),)))?;
            return self.json(&plain, depth + 1);
        }
        let mut members = Map::new();
        // Not as `String`, which would end at a NUL.
        for member in object.props::<rquickjs::String<'js>, Value<'js>>() {
            let (key, value) = self.session.check(member)?;
            let key = self.session.check(key.to_string())?;
            self.count(key.len())?;
            members.insert(key, self.json(&value, depth + 1)?);
        }
        Ok(Json::Object(members))
    }
}

fn number(number: f64) -> Result<Json, Failure> {
    if number.fract() == 0.0 && number.abs() <= LARGEST_INTEGER {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole and within the range of i64"
        )]
        return Ok(Json::from(number as i64));
    }
    match Number::from_f64(number) {
        Some(number) => Ok(Json::Number(number)),
        None => Err(Failure::Thrown(format!(
            "a value is {number}, which cannot be stored"
        ))),
    }
}
