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

local function gathered(command, key, items)
  local found = {}
  for first = 1, #items, CHUNK do
    local part = redis.call(command, key, unpack(items, first, math.min(first + CHUNK - 1, #items)))
    for index = 1, #part do found[first + index - 1] = part[index] end
  end
  return found
end

local function is_strings(items)
  if type(items) ~= 'table' then return false end
  for index = 1, #items do
    if type(items[index]) ~= 'string' then return false end
  end
  return true
end

-- Each write is {kind, name, ...}. `fits` says whether the rest has the shape that `apply` needs.
local WRITES = {
  set_value = {
    prefix = 'v:', fits = function(write) return type(write[3]) == 'string' end,
    apply = function(key, write) redis.call('SET', key, write[3]) end
  },
  drop_value = {
    prefix = 'v:', fits = function() return true end,
    apply = function(key) redis.call('UNLINK', key) end
  },
  splice = {
    prefix = 'l:', fits = function(write) return type(write[3]) == 'number' and write[3] >= -1 and is_strings(write[4]) end,
    apply = function(key, write)
      local keep = write[3]
      if keep == 0 then redis.call('UNLINK', key) elseif keep > 0 then redis.call('LTRIM', key, 0, keep - 1) end
      in_chunks('RPUSH', key, write[4])
    end
  },
  add_members = {
    prefix = 's:', fits = function(write) return is_strings(write[3]) end,
    apply = function(key, write) in_chunks('SADD', key, write[3]) end
  },
  set_score = {
    prefix = 'z:', fits = function(write) return type(write[3]) == 'string' and tonumber(write[4]) ~= nil end,
    apply = function(key, write) redis.call('ZADD', key, write[4], write[3]) end
  },
  drop_score = {
    prefix = 'z:', fits = function(write) return type(write[3]) == 'string' end,
    apply = function(key, write) redis.call('ZREM', key, write[3]) end
  },
  set_field = {
    prefix = 'h:', fits = function(write) return type(write[3]) == 'string' and type(write[4]) == 'string' end,
    apply = function(key, write) redis.call('HSET', key, write[3], write[4]) end
  },
  drop_field = {
    prefix = 'h:', fits = function(write) return type(write[3]) == 'string' end,
    apply = function(key, write) redis.call('HDEL', key, write[3]) end
  },
}

local READS = {
  get_value = function(prefix, read) return redis.call('GET', prefix .. 'v:' .. read[2]) end,
  list_range = function(prefix, read) return redis.call('LRANGE', prefix .. 'l:' .. read[2], read[3], read[4]) end,
  list_length = function(prefix, read) return redis.call('LLEN', prefix .. 'l:' .. read[2]) end,
  has_members = function(prefix, read) return gathered('SMISMEMBER', prefix .. 's:' .. read[2], read[3]) end,
  by_score = function(prefix, read)
    return redis.call('ZRANGEBYSCORE', prefix .. 'z:' .. read[2], read[3], read[4], 'WITHSCORES', 'LIMIT', read[5], read[6])
  end,
  get_fields = function(prefix, read) return gathered('HMGET', prefix .. 'h:' .. read[2], read[3]) end,
  get_status = function(_, _, meta) return redis.call('HGETALL', meta) end,
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

-- ARGV: token, expected, next, prefix, writes (msgpack).
local function save(keys, args)
  local refused = refusal(keys[1], args[1], args[2])
  if refused then return refused end
  local prefix, writes = args[4], cmsgpack.unpack(args[5])
  for index, write in ipairs(writes) do
    local kind = WRITES[write[1]]
    if not kind or type(write[2]) ~= 'string' or not kind.fits(write) then
      return redis.error_reply('ERR write ' .. index .. ' has the wrong shape; nothing was written')
    end
  end
  for _, write in ipairs(writes) do
    local kind = WRITES[write[1]]
    kind.apply(prefix .. kind.prefix .. write[2], write)
  end
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

-- ARGV: prefix, reads (msgpack).
local function read(keys, args)
  local answers = {}
  for index, wanted in ipairs(cmsgpack.unpack(args[2])) do
    answers[index] = READS[wanted[1]](args[1], wanted, keys[1])
  end
  return answers
end

redis.register_function('ashiato_claim_VERSION', claim)
redis.register_function('ashiato_save_VERSION', save)
redis.register_function('ashiato_beat_VERSION', beat)
redis.register_function('ashiato_sweep_VERSION', sweep)
redis.register_function{function_name = 'ashiato_read_VERSION', callback = read, flags = {'no-writes'}}
