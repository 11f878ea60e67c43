import { expect, type APIRequestContext } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { createOrganisation, createUser, firstSignInByRequest, type Organisation, type User } from './actions';
import { unique } from './installation';

/** An offer that a test made. */
export interface Offer {
  id: string;
  name: string;
  /** ID of its rate plan in Zuora. */
  ratePlan: string;
}

/** A partner organisation with a user, and what it may sell. */
export interface Seller {
  organisation: Organisation;
  user: User;
  /** File with the user's session. */
  state: string;
  /** Offers by the names of their rate plans. */
  offers: Record<string, Offer>;
}

/** What an offer is made of; the rest is as a careful admin would leave it. */
export interface Plan {
  /** Name of the rate plan in Zuora's catalog. */
  plan: string;
  kind?: 'plan' | 'add_on';
  name?: string;
  description?: string;
  features?: string;
  labels?: string;
  /** Names of the rate plans of its add-ons, made before. */
  addOns?: string[];
  /** Names of the rate plans it may be changed to, made before. */
  changesTo?: string[];
}

/** Has an admin offer these to the organisation alone. */
export async function offer(
  admin: APIRequestContext,
  organisation: Organisation,
  plans: Plan[],
): Promise<Record<string, Offer>> {
  const catalog = await (await admin.post('/actions/offers/catalog', { data: {} })).json();
  const offers: Record<string, Offer> = {};
  for (const plan of plans) {
    const ratePlan = catalog.plans.find((one: { name: string }) => one.name === plan.plan)?.id;
    expect(ratePlan, `${plan.plan} in the catalog`).toBeDefined();
    const name = plan.name ?? unique(plan.plan);
    const form: Record<string, string> = {
      creation_key: randomUUID(), version: '0', rate_plan: ratePlan, kind: plan.kind ?? 'plan', name,
      description: plan.description ?? '', features: plan.features ?? '', labels: plan.labels ?? '',
      'channels[0]': 'shop', eligible: 'chosen', 'partners[0]': organisation.id,
      term_months: '12', auto_renew: 'true', state: 'published',
    };
    plan.changesTo?.forEach((other, place) => { form[`changes_to[${place}]`] = offers[other].id; });
    plan.addOns?.forEach((addOn, place) => { form[`add_ons[${place}]`] = offers[addOn].id; });
    const answer = await admin.post('/actions/offers/save', { form, maxRedirects: 0 });
    expect(answer.status(), await answer.text()).toBeLessThan(400);
    const all = await (await admin.post('/actions/offers/list', { data: {} })).json();
    const made = all.find((one: { content: { name: string } }) => one.content.name === name);
    offers[plan.plan] = { id: made.id, name, ratePlan };
  }
  return offers;
}

/** Plans and add-ons that are worth looking at. */
export const PLANS: Plan[] = [
  { plan: 'Extra Storage Monthly', kind: 'add_on', description: 'Storage in units of 100 GB.' },
  { plan: 'Single Sign-On Monthly', kind: 'add_on', description: 'Sign in with the company’s own accounts.' },
  { plan: 'Onboarding Workshop', kind: 'add_on', description: 'A day with a consultant.' },
  {
    plan: 'Cadence Business Monthly', labels: 'Monthly', description: 'For whole companies.',
    features: 'Portfolios\nAudit log\n1 TB of storage',
    addOns: ['Extra Storage Monthly', 'Single Sign-On Monthly', 'Onboarding Workshop'],
  },
  {
    plan: 'Cadence Team Monthly', labels: 'Monthly', description: 'For growing teams, by the seat.',
    features: 'Timelines\nGuests\n100 GB of storage', addOns: ['Extra Storage Monthly'],
  },
  { plan: 'Cadence Starter Monthly', labels: 'Monthly', description: 'For one team that starts.' },
  { plan: 'Cadence Team Annual', labels: 'Annual' },
  { plan: 'Cadence Starter Annual' },
];

/** An organisation that sells, with a user who has signed in. */
export async function createSeller(
  admin: APIRequestContext,
  nobody: APIRequestContext,
  state: string,
  fields: Record<string, string>,
  plans: Plan[] = PLANS,
): Promise<Seller> {
  const organisation = await createOrganisation(admin, { accept_duplicates: 'true', ...fields });
  const user = await createUser(admin, organisation);
  const offers = await offer(admin, organisation, plans);
  await firstSignInByRequest(nobody, user);
  await nobody.storageState({ path: state });
  return { organisation, user, state, offers };
}
