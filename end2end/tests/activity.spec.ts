import { readFile } from 'node:fs/promises';
import { createOrganisation, expect, look, test, unique } from './support';

const ACTIVITY = '/settings/activity';

test('an admin finds who changed what', async ({ page, open, request }) => {
  const organisation = await createOrganisation(request);
  const renamed = unique('Renamed');
  await open(organisation.path);
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Partner organisation name').fill(renamed);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { level: 1, name: renamed })).toBeVisible();

  await page.getByRole('navigation', { name: 'Partner organisation' }).getByRole('link', { name: 'Activity' }).click();
  await expect(page).toHaveURL(`${organisation.path}/activity`);
  const rows = page.getByRole('table', { name: 'Activity, newest first' }).locator('tbody tr');
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText('Changed the partner organisation');
  await expect(rows.first().locator('del')).toHaveText(organisation.name);
  await expect(rows.first().locator('ins')).toHaveText(renamed);

  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Activity' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Activity' })).toBeVisible();
  await expect(rows.filter({ hasText: renamed }).first()).toBeVisible();
  await page.getByLabel('About').selectOption('Sign-ins');
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(page).toHaveURL(/area=sign_ins/);
  await expect(page.getByLabel('About')).toHaveValue('sign_ins');
  await expect(rows.filter({ hasText: 'Signed in' }).first()).toBeVisible();
  await expect(rows.filter({ hasText: renamed })).toHaveCount(0);
  await page.getByRole('link', { name: 'Clear' }).click();
  await expect(rows.filter({ hasText: renamed }).first()).toBeVisible();
});

test('the trail is taken along as a file', async ({ page, open, request }) => {
  const organisation = await createOrganisation(request);
  await open(`${organisation.path}/activity`);
  const [csv] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()]);
  expect(csv.suggestedFilename()).toBe('activity.csv');
  const lines = (await readFile(await csv.path(), 'utf8')).trim().split('\r\n');
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain('organisation.created');
  const [jsonl] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'JSON Lines' }).click()]);
  const event = JSON.parse(await readFile(await jsonl.path(), 'utf8'));
  expect(event.organisation.id).toBe(organisation.id);
});

test('without JavaScript the trail is narrowed too @nojs', async ({ page }) => {
  await page.goto(ACTIVITY);
  await page.getByLabel('Until').fill('2020-01-01');
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(page.getByRole('heading', { name: 'Nothing matches' })).toBeVisible();
  await expect(page.getByLabel('Until')).toHaveValue('2020-01-01');
});

test('the pages around activity look right', async ({ page, open, request }, info) => {
  test.slow();
  const organisation = await createOrganisation(request);
  await open(ACTIVITY);
  await look(page, info, 'activity');
  await open(`${ACTIVITY}?until=2020-01-01`);
  await look(page, info, 'activity-nothing-matches');
  await open(`${organisation.path}/activity`);
  await look(page, info, 'activity-tab');
});
