// CloudFront's viewer-request function: what route() of infra/edge.py decides, before the origin is asked.
// Only ES5.1, which cloudfront-js-2.0 supports in full:
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html

// The rows of infra/edge.py. pattern: matches the paths. names: of the pattern's groups.
var ROWS = [];

var FORBIDDEN = {
    statusCode: 403,
    statusDescription: 'Forbidden',
    headers: { 'content-type': { value: 'application/json' } },
    body: '{"message":"Forbidden"}',
};

function handler(event) {
    var request = event.request;
    // CloudFront hides Upgrade from functions. RFC 6455 requires this header in each handshake.
    var isUpgrade = Boolean(request.headers['sec-websocket-key']);
    for (var i = 0; i < ROWS.length; i++) {
        var found = ROWS[i].pattern.exec(request.uri);
        if (found) {
            return isUpgrade && ROWS[i].origin !== 'websocket'
                ? FORBIDDEN
                : answer(request, ROWS[i], found, event.viewer.ip);
        }
    }
    return FORBIDDEN;
}

function answer(request, row, found, ip) {
    if (row.origin === 'redirect') {
        return { statusCode: 302, statusDescription: 'Found', headers: { location: { value: row.target } } };
    }
    // In place of any that the client sent. Named in chalicelib/auth/source.py.
    request.headers['true-client-ip'] = { value: ip };
    if (row.target) {
        request.uri = row.target;
    }
    if (Object.keys(row.query).length > 0) {
        request.querystring = withParameters(request.querystring, row.query, function (name) {
            return found[row.names.indexOf(name) + 1];
        });
    }
    return request;
}

// A new object: CloudFront would leave later values of a repeated parameter unchanged.
function withParameters(sent, added, group) {
    var query = {};
    Object.keys(sent).forEach(function (name) {
        if (!Object.prototype.hasOwnProperty.call(added, decoded(name))) {
            query[name] = sent[name];
        }
    });
    Object.keys(added).forEach(function (name) {
        var parameter = /^\{(.+)\}$/.exec(added[name]);
        query[name] = { value: parameter ? group(parameter[1]) : added[name] };
    });
    return query;
}

// Names and values are as the client sent them. A name that cannot be decoded is none of ours.
function decoded(name) {
    try {
        return decodeURIComponent(name);
    } catch (error) {
        return name;
    }
}
