//! Partners: the server.

#![recursion_limit = "512"]

pub mod access;
pub mod accounts;
pub mod admins;
pub mod app;
pub mod billing;
pub mod catalog;
pub mod clock;
pub mod config;
pub mod creating;
pub mod desks;
pub mod duty;
pub mod files;
pub mod finding;
pub mod first_admin;
pub mod identity;
pub mod imports;
pub mod mail;
pub mod observe;
pub mod orders;
pub mod projection;
pub mod random;
pub mod reconcile;
pub mod rest;
pub mod sealing;
pub mod serve;
pub mod shop_offer;
pub mod spreadsheet;
pub mod store;
pub mod subscription_actions;
pub mod vault;
pub mod web;
pub mod webhooks;
pub mod worth;
