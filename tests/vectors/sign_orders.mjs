// Signs orders by @metamask/eth-sig-util, whose typed data (EIP-712) is the wallets' own, into
// orders.json. Our tests need neither node nor this package, only what is written here:
//
//   npm install --prefix DIR @metamask/eth-sig-util@8.2.0
//   cp sign_orders.mjs DIR && node DIR/sign_orders.mjs > orders.json
import { readFileSync } from "node:fs";
import {
  SignTypedDataVersion,
  TypedDataUtils,
  signTypedData,
} from "@metamask/eth-sig-util";

const V4 = SignTypedDataVersion.V4;
const packageFile = new URL("node_modules/@metamask/eth-sig-util/package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(packageFile, "utf8"));

const TYPES = {
  EIP712Domain: [
    { name: "name", type: "string" },
    { name: "version", type: "string" },
    { name: "chainId", type: "uint256" },
    { name: "verifyingContract", type: "address" },
  ],
  Order: [
    { name: "maker", type: "address" },
    { name: "taker", type: "address" },
    { name: "series", type: "Series" },
    { name: "long", type: "bool" },
    { name: "amount", type: "uint256" },
    { name: "price", type: "uint256" },
    { name: "deadline", type: "uint256" },
    { name: "counter", type: "uint256" },
    { name: "salt", type: "uint256" },
  ],
  Series: [
    { name: "instrument", type: "uint8" },
    { name: "kind", type: "uint8" },
    { name: "region", type: "bytes32" },
    { name: "against", type: "bytes32" },
    { name: "parameter", type: "uint256" },
    { name: "start", type: "uint64" },
    { name: "end", type: "uint64" },
    { name: "floor", type: "int256" },
    { name: "cap", type: "int256" },
    { name: "fallback_share", type: "uint16" },
  ],
};

const NOBODY = `0x${"00".repeat(20)}`;
const ZERO = `0x${"00".repeat(32)}`;
const max = (bits) => (2n ** BigInt(bits) - 1n).toString();
const text = (value) => BigInt(value).toString();

const MOST = text(2n ** 79n - (2n ** 79n % 10000n)); // claims of one trade, whole lots

// Keys of nobody: never send anything to their accounts.
const MAKERS = {
  [`0x${"11".repeat(32)}`]: "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A",
  [`0x${"22".repeat(32)}`]: "0x1563915e194D8CfBA1943570603F7606A3115508",
};
const [FIRST, SECOND] = Object.keys(MAKERS);

const MARKET = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const OTHER_MARKET = "0x00000000000000000000000000000000DeaDBeef";
const TAKER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

const DIFFICULTY = {
  instrument: 0,
  kind: 0,
  region: ZERO,
  against: ZERO,
  parameter: "0",
  start: "409",
  end: "412",
  floor: text(60n * 10n ** 30n),
  cap: text(90n * 10n ** 30n),
  fallback_share: 5000,
};
const HASHPRICE = {
  ...DIFFICULTY,
  instrument: 1,
  kind: 1,
  start: "1704067200",
  end: "1706745600",
  floor: text(36n * 10n ** 18n),
  cap: text(54n * 10n ** 18n),
};
const MARGIN = {
  ...HASHPRICE,
  instrument: 3,
  region: `0x${Buffer.from("ERCOT North, USD/MWh").toString("hex").padEnd(64, "0")}`,
  against: `0x${"ab".repeat(32)}`,
  parameter: "17500",
  floor: text(-15n * 10n ** 18n),
  cap: text(25n * 10n ** 18n),
};
const ORDER = {
  taker: NOBODY,
  long: true,
  amount: "10000",
  price: "5000",
  deadline: "1707000000",
  counter: "0",
  salt: "1",
};

// name, domain's changes, series, order's changes, key
const CASES = [
  ["long for anyone", {}, DIFFICULTY, {}],
  ["short for anyone", {}, DIFFICULTY, { long: false }],
  ["for one taker", {}, DIFFICULTY, { taker: TAKER }],
  ["another maker", {}, DIFFICULTY, { long: false }, SECOND],
  ["hashprice", {}, HASHPRICE, { price: "4321", amount: "120000000" }],
  ["another counter and salt", {}, HASHPRICE, { counter: "7", salt: max(256) }],
  ["floor below zero", {}, MARGIN, {}],
  ["both bounds below zero", {}, { ...MARGIN, floor: text(-3), cap: text(-2) }, { price: "1" }],
  ["another chain", { chainId: 8453 }, DIFFICULTY, {}],
  ["another chain, a test's", { chainId: 11155111 }, HASHPRICE, { long: false }, SECOND],
  ["another market", { verifyingContract: OTHER_MARKET }, DIFFICULTY, {}],
  ["another chain and market", { chainId: 31337, verifyingContract: OTHER_MARKET }, MARGIN, {}],
  ["another version", { version: "12.34.56" }, DIFFICULTY, {}],
  ["free, and as large as a trade can be", {}, HASHPRICE, { price: "0", amount: MOST }],
  ["all zeros", {}, { ...DIFFICULTY, start: "0", end: "0", floor: "0", cap: "0", fallback_share: 0 },
    { long: false, amount: "0", price: "0", deadline: "0", salt: "0" }],
  ["all as large as they can be", {},
    { instrument: 255, kind: 255, region: `0x${"ff".repeat(32)}`, against: `0x${"ff".repeat(32)}`,
      parameter: max(256), start: max(64), end: max(64), floor: text(-(2n ** 255n)), cap: max(255),
      fallback_share: 65535 },
    { taker: "0xFFfFfFffFFfffFFfFFfFFFFFffFFFffffFfFFFfF", amount: max(256), price: max(256),
      deadline: max(256), counter: max(256), salt: max(256) }],
];

const vectors = CASES.map(([name, place, series, changes, key = FIRST]) => {
  const domain = {
    name: "Terahash pair market",
    version: "0.1.0",
    chainId: 1,
    verifyingContract: MARKET,
    ...place,
  };
  const message = { maker: MAKERS[key], ...ORDER, ...changes, series };
  const data = { types: TYPES, primaryType: "Order", domain, message };
  const privateKey = Buffer.from(key.slice(2), "hex");
  return {
    name,
    key,
    domain,
    order: message,
    series_hash: `0x${TypedDataUtils.hashStruct("Series", series, TYPES, V4).toString("hex")}`,
    digest: `0x${TypedDataUtils.eip712Hash(data, V4).toString("hex")}`,
    signature: signTypedData({ privateKey, data, version: V4 }),
  };
});
const whole = { made_by: `@metamask/eth-sig-util ${version}`, vectors };
process.stdout.write(`${JSON.stringify(whole, null, 1)}\n`);
