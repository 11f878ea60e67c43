//! *Settings › Profile › Partners › Import*

mod columns;
mod page;
mod progress;
mod rows;
mod upload;

use crate::part::page_in_part;
use page::ImportPageView;
use upload::UploadPage;

page_in_part!(
    /// `/settings/profile/partners/import`
    UploadRoute, settings, upload_page, preload_upload, UploadPage
);
page_in_part!(
    /// `/settings/profile/partners/import/{id}`
    ImportRoute, settings, import_page, preload_import, ImportPageView
);
