// Where the generated population lives: invented towns on real coordinates' scale, one hospital
// region each, and street names.

export interface Town {
  readonly city: string;
  readonly postalCode: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly share: number;
}

/** Eight towns; each is the seat of one regional hospital (tables/institutions.ts). */
export const towns: readonly Town[] = [
  { city: 'Port Verity', postalCode: '00101', latitude: 42.3601, longitude: -71.0589, share: 26 },
  { city: 'Alderbury', postalCode: '00123', latitude: 42.2626, longitude: -71.8023, share: 18 },
  { city: 'Millhaven', postalCode: '00145', latitude: 42.1015, longitude: -72.5898, share: 14 },
  { city: 'Stonecross', postalCode: '00167', latitude: 42.6334, longitude: -71.3162, share: 12 },
  { city: 'Winterset Harbor', postalCode: '00189', latitude: 41.6362, longitude: -70.9342, share: 10 },
  { city: 'Fernhollow', postalCode: '00202', latitude: 42.4501, longitude: -73.2453, share: 8 },
  { city: 'Quarry Falls', postalCode: '00224', latitude: 42.5834, longitude: -71.8023, share: 7 },
  { city: 'Saltmarsh', postalCode: '00246', latitude: 41.7003, longitude: -70.3002, share: 5 },
];

export const streets = (
  'Acorn Beacon Bluebell Canal Chestnut Cooper Dovecote Eastgate Ferry Garden Granary Harbor ' +
  'Heron Juniper Kiln Lantern Linden Market Mill Orchard Pasture Quarry Rectory Saddler ' +
  'Schoolhouse Sparrow Spring Tannery Union Vineyard Weaver Westgate Willow Windmill'
).split(' ');

export const streetKinds = [
  'Street',
  'Lane',
  'Road',
  'Avenue',
  'Way',
  'Close',
  'Terrace',
  'Crescent',
] as const;
