#!lua name=ashiato_projection_VERSION
-- The only way anything is written to a partition's keyspace. One call is atomic, but an error half-way would keep what
-- was written before it: so everything is decoded and checked before the first write, and each kind of key has a prefix
-- of its own, which leaves no key that could hold the wrong type.
--
-- KEYS[1] is the partition's meta hash: `token` (who owns it), `next` (position; absent: nothing was ever saved), and the
-- fields of the last beat. Positions stay strings: a Lua number would round an offset.

-- unpack() fails above some 8,000 results ("too many results to unpack").
local CHUNK = 5000

local function in_chunks(command, key, items)
  for first = 1, #items, CHUNK do
    redis.call(command, key, unpack(items, first, math.min(first + CHUNK - 1, #items)))
  end
end

-- The replies to many arguments, for commands that answer with one reply per argument; `key` goes before them, if any.
local function gathered(command, key, items)
  local found = {}
  for first = 1, #items, CHUNK do
    local last = math.min(first + CHUNK - 1, #items)
    local part
    if key then part = redis.call(command, key, unpack(items, first, last))
    else part = redis.call(command, unpack(items, first, last)) end
    for index = 1, #part do found[first + index - 1] = part[index] end
  end
  return found
end

-- A call brings runs of one kind: {kind, flat}, where flat is name, value, name, value, ... A table per write would double
-- the time. What the columns of a row must be: s string, l list of strings, n number of entries to drop.
local COLUMN = {
  s = function(cell) return type(cell) == 'string' end,
  n = function(cell) return type(cell) == 'number' and cell >= 0 end,
  f = function(cell) return tonumber(cell) ~= nil end,
  l = function(cell)
    if type(cell) ~= 'table' then return false end
    for index = 1, #cell do
      if type(cell[index]) ~= 'string' then return false end
    end
    return true
  end,
}

local function fits(row, flat)
  if type(flat) ~= 'table' or #flat % #row ~= 0 then return false end
  for column = 1, #row do
    local holds = COLUMN[row:sub(column, column)]
    for index = column, #flat, #row do
      if not holds(flat[index]) then return false end
    end
  end
  return true
end

local function with_prefix(prefix, flat, stride)
  for index = 1, #flat, stride do flat[index] = prefix .. flat[index] end
  return flat
end

local function in_one(command, flat)
  for first = 1, #flat, CHUNK do
    redis.call(command, unpack(flat, first, math.min(first + CHUNK - 1, #flat)))
  end
end

local WRITES = {
  set_value = {row = 'ss', apply = function(prefix, flat) in_one('MSET', with_prefix(prefix .. 'v:', flat, 2)) end},
  drop_value = {row = 's', apply = function(prefix, flat) in_one('UNLINK', with_prefix(prefix .. 'v:', flat, 1)) end},
  append = {row = 'ss', apply = function(prefix, flat)
    for index = 1, #flat, 2 do redis.call('RPUSH', prefix .. 'l:' .. flat[index], flat[index + 1]) end
  end},
  splice = {row = 'snl', apply = function(prefix, flat)
    for index = 1, #flat, 3 do
      local key, drop = prefix .. 'l:' .. flat[index], flat[index + 1]
      if drop > 0 then redis.call('LTRIM', key, 0, -(drop + 1)) end
      in_chunks('RPUSH', key, flat[index + 2])
    end
  end},
  add_member = {row = 'ss', apply = function(prefix, flat)
    for index = 1, #flat, 2 do redis.call('SADD', prefix .. 's:' .. flat[index], flat[index + 1]) end
  end},
  add_members = {row = 'sl', apply = function(prefix, flat)
    for index = 1, #flat, 2 do in_chunks('SADD', prefix .. 's:' .. flat[index], flat[index + 1]) end
  end},
  set_score = {row = 'ssf', apply = function(prefix, flat)
    for index = 1, #flat, 3 do redis.call('ZADD', prefix .. 'z:' .. flat[index], flat[index + 2], flat[index + 1]) end
  end},
  drop_score = {row = 'ss', apply = function(prefix, flat)
    for index = 1, #flat, 2 do redis.call('ZREM', prefix .. 'z:' .. flat[index], flat[index + 1]) end
  end},
  set_field = {row = 'sss', apply = function(prefix, flat)
    for index = 1, #flat, 3 do redis.call('HSET', prefix .. 'h:' .. flat[index], flat[index + 1], flat[index + 2]) end
  end},
  drop_field = {row = 'ss', apply = function(prefix, flat)
    for index = 1, #flat, 2 do redis.call('HDEL', prefix .. 'h:' .. flat[index], flat[index + 1]) end
  end},
}

-- Each answers with one reply per row.
local function replies(flat, stride, reply)
  local found = {}
  for index = 1, #flat, stride do found[#found + 1] = reply(flat, index) end
  return found
end

local READS = {
  get_value = function(prefix, flat)
    with_prefix(prefix .. 'v:', flat, 1)
    return gathered('MGET', nil, flat)
  end,
  list_range = function(prefix, flat) return replies(flat, 3, function(row, at)
    return redis.call('LRANGE', prefix .. 'l:' .. row[at], row[at + 1], row[at + 2])
  end) end,
  list_length = function(prefix, flat) return replies(flat, 1, function(row, at)
    return redis.call('LLEN', prefix .. 'l:' .. row[at])
  end) end,
  has_member = function(prefix, flat) return replies(flat, 2, function(row, at)
    return redis.call('SISMEMBER', prefix .. 's:' .. row[at], row[at + 1])
  end) end,
  has_members = function(prefix, flat) return replies(flat, 2, function(row, at)
    return gathered('SMISMEMBER', prefix .. 's:' .. row[at], row[at + 1])
  end) end,
  by_score = function(prefix, flat) return replies(flat, 5, function(row, at)
    return redis.call('ZRANGEBYSCORE', prefix .. 'z:' .. row[at], row[at + 1], row[at + 2], 'WITHSCORES',
      'LIMIT', row[at + 3], row[at + 4])
  end) end,
  count_by_score = function(prefix, flat) return replies(flat, 3, function(row, at)
    return redis.call('ZCOUNT', prefix .. 'z:' .. row[at], row[at + 1], row[at + 2])
  end) end,
  get_fields = function(prefix, flat) return replies(flat, 2, function(row, at)
    return gathered('HMGET', prefix .. 'h:' .. row[at], row[at + 1])
  end) end,
  get_status = function(_, flat, meta) return replies(flat, 1, function() return redis.call('HGETALL', meta) end) end,
}

-- expected '' means: no position is known yet. A foreign token is looked at before a missing position: when another
-- owner has begun to rebuild, this caller is a zombie and must not take the partition back.
local function refusal(meta, token, expected)
  local held = redis.call('HMGET', meta, 'token', 'next')
  if not held[1] then return 'LOST' end
  if held[1] ~= token then return 'FENCED' end
  if not held[2] and expected ~= '' then return 'LOST' end
  if (held[2] or '') ~= expected then return 'MOVED' end
  return nil
end

-- ARGV: token. Answers the position, or nil.
local function claim(keys, args)
  redis.call('HSET', keys[1], 'token', args[1])
  return redis.call('HGET', keys[1], 'next')
end

-- ARGV: token, expected, next, prefix, runs of writes (msgpack).
local function save(keys, args)
  local refused = refusal(keys[1], args[1], args[2])
  if refused then return refused end
  local prefix, runs = args[4], cmsgpack.unpack(args[5])
  for _, run in ipairs(runs) do
    local kind = WRITES[run[1]]
    if not kind or not fits(kind.row, run[2]) then
      return redis.error_reply('ERR a run of ' .. tostring(run[1]) .. ' has the wrong shape; nothing was written')
    end
  end
  for _, run in ipairs(runs) do WRITES[run[1]].apply(prefix, run[2]) end
  redis.call('HSET', keys[1], 'next', args[3])
  return 'OK'
end

-- ARGV: token, expected, then field, value, field, value, ...
local function beat(keys, args)
  local refused = refusal(keys[1], args[1], args[2])
  if refused then return refused end
  redis.call('HSET', keys[1], unpack(args, 3))
  return 'OK'
end

-- KEYS[2..] are leftovers of a partition that lost its position. As long as there is none, nobody has saved anything, so
-- whoever sweeps harms nobody; from the first save on a late sweep does nothing.
local function sweep(keys)
  if redis.call('HEXISTS', keys[1], 'next') == 1 then return 'OCCUPIED' end
  redis.call('UNLINK', unpack(keys, 2))
  return 'OK'
end

-- ARGV: prefix, runs of reads (msgpack). Answers a list of replies per run.
local function read(keys, args)
  local answers = {}
  for index, run in ipairs(cmsgpack.unpack(args[2])) do
    answers[index] = READS[run[1]](args[1], run[2], keys[1])
  end
  return answers
end

redis.register_function('ashiato_claim_VERSION', claim)
redis.register_function('ashiato_save_VERSION', save)
redis.register_function('ashiato_beat_VERSION', beat)
redis.register_function('ashiato_sweep_VERSION', sweep)
redis.register_function{function_name = 'ashiato_read_VERSION', callback = read, flags = {'no-writes'}}
