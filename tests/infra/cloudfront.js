// Runs the viewer-request function as CloudFront does, https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html
// Arguments: the file of the function, the file of the cases. Output: what becomes of each request, as JSON.

import { readFileSync } from 'node:fs';
import vm from 'node:vm';

const [source, cases] = process.argv.slice(2).map((path) => readFileSync(path, 'utf8'));
const context = vm.createContext({});
vm.runInContext(`'use strict'; ${source}`, context);

function eventOf({ request, upgrade }) {
    const [uri, query = ''] = request.split('?');
    const querystring = {};
    for (const pair of query.split('&').filter(Boolean)) {
        const [name, ...value] = pair.split('=');
        const parameter = { value: value.join('=') };
        const earlier = querystring[name];
        if (Object.hasOwn(querystring, name)) {
            earlier.multiValue = [...(earlier.multiValue ?? [{ value: earlier.value }]), parameter];
        } else {
            querystring[name] = parameter;
        }
    }
    // CloudFront does not show `Connection` and `Upgrade` to functions.
    const headers = upgrade ? { 'sec-websocket-key': { value: 'AAAAAAAAAAAAAAAAAAAAAA==' } } : {};
    headers['true-client-ip'] = { value: '1.1.1.1', multiValue: [{ value: '1.1.1.1' }, { value: '2.2.2.2' }] };
    const viewer = { ip: '203.0.113.7' };
    return { version: '1.0', viewer, request: { method: 'GET', uri, querystring, headers, cookies: {} } };
}

function outcomeOf(answer) {
    if (answer.statusCode) {
        return { status: answer.statusCode, location: answer.headers.location?.value };
    }
    const pairs = Object.entries(answer.querystring).flatMap(([name, { value, multiValue }]) =>
        (multiValue ?? [{ value }]).map((each) => `${name}=${each.value}`),
    );
    const address = answer.headers['true-client-ip'];
    return { forwarded: [answer.uri, pairs.join('&')].filter(Boolean).join('?'), address };
}

console.log(JSON.stringify(JSON.parse(cases).map((each) => outcomeOf(context.handler(eventOf(each))))));
